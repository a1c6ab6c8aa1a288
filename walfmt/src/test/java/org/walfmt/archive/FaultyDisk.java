package org.walfmt.archive;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Real files behind a file system that fails at the n-th operation that changes or flushes
 * something: before the operation, or after it was done.
 */
final class FaultyDisk extends FileSystemProvider {
  private final FileSystemProvider real;
  private final DelegatingFileSystem fileSystem;
  private final int failingOperation;
  private final boolean done;
  private final AtomicInteger operations = new AtomicInteger();
  private boolean hasLinks = true;

  private FaultyDisk(Path root, int failingOperation, boolean done) {
    this.real = root.getFileSystem().provider();
    this.fileSystem = new DelegatingFileSystem(root.getFileSystem(), this);
    this.failingOperation = failingOperation;
    this.done = done;
  }

  static FaultyDisk healthy(Path root) {
    return new FaultyDisk(root, -1, false);
  }

  /** Fails at operation {@code number}, counted from 0; once, then never again. */
  static FaultyDisk failingAt(Path root, int number, boolean done) {
    return new FaultyDisk(root, number, done);
  }

  /** As a file system that has no hard links. */
  FaultyDisk withoutLinks() {
    hasLinks = false;
    return this;
  }

  /** Operations so far. */
  int operations() {
    return operations.get();
  }

  /** The same path, on this file system. */
  Path path(Path path) {
    return (Path)
        Proxy.newProxyInstance(
            Path.class.getClassLoader(),
            new Class<?>[] {Path.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getFileSystem")) {
                return fileSystem;
              }
              Object[] plain = arguments == null ? new Object[0] : arguments.clone();
              for (int i = 0; i < plain.length; i++) {
                plain[i] = plain[i] instanceof Path other ? plain(other) : plain[i];
              }
              try {
                Object result = method.invoke(path, plain);
                return result instanceof Path other ? path(other) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Path plain(Path path) {
    return Path.of(path.toString());
  }

  /** What is counted. */
  interface Operation<T> {
    T run() throws IOException;
  }

  <T> T count(String what, Operation<T> operation) throws IOException {
    boolean fails = operations.getAndIncrement() == failingOperation;
    if (fails && !done) {
      throw new IOException("injected: " + what);
    }
    T result = operation.run();
    if (fails) {
      if (result instanceof AutoCloseable open) {
        closeQuietly(open);
      }
      throw new IOException("injected after: " + what);
    }
    return result;
  }

  private static void closeQuietly(AutoCloseable open) throws IOException {
    try {
      open.close();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private void count(String what, Change change) throws IOException {
    count(
        what,
        () -> {
          change.run();
          return 0;
        });
  }

  private interface Change {
    void run() throws IOException;
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return count(
        "open " + path,
        () -> new FaultyChannel(this, real.newFileChannel(plain(path), options, attributes)));
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    if (!hasLinks) {
      throw new FileSystemException(link.toString(), null, "Operation not permitted");
    }
    count("link " + link, () -> real.createLink(plain(link), plain(existing)));
  }

  @Override
  public void delete(Path path) throws IOException {
    count("delete " + path, () -> real.delete(plain(path)));
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    count("move to " + target, () -> real.move(plain(source), plain(target), options));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return real.newByteChannel(plain(path), options, attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    return real.newDirectoryStream(plain(directory), filter);
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real.checkAccess(plain(path), modes);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return real.readAttributes(plain(path), type, options);
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return real.isSameFile(plain(path), plain(other));
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> settings) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isHidden(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options) {
    throw new UnsupportedOperationException();
  }
}
