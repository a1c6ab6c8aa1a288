package org.walfmt.tests.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system in memory, mounted for one test: it takes root to make one. */
public final class SmallDisk implements AutoCloseable {
  private static final Path MOUNT = Path.of("/bin/mount");

  private final Path path;

  private SmallDisk(Path path) {
    this.path = path;
  }

  /** An empty one of this size; skips or fails the test where none can be had. */
  public static SmallDisk ofMegabytes(int size) {
    return mount("size=" + size + "m,mode=0755");
  }

  /** One on which nothing can be written. */
  public static SmallDisk readOnly() {
    return mount("ro,size=1m");
  }

  private static SmallDisk mount(String options) {
    try {
      Path path = Files.createTempDirectory("walfmt-disk-").toRealPath();
      boolean mounted =
          ServerUser.root()
              && Command.of(MOUNT, "-t", "tmpfs", "-o", options, "tmpfs", path.toString())
                      .run()
                      .status()
                  == 0;
      if (!mounted) {
        Files.delete(path);
      }
      Strict.require(mounted, "no file system in memory can be mounted");
      return new SmallDisk(path);
    } catch (IOException e) {
      throw new AssertionError("cannot make a place to mount", e);
    }
  }

  /** Its root, empty at first. */
  public Path path() {
    return path;
  }

  /** Makes it larger or smaller. */
  public void resize(int megabytes) {
    Command.of(MOUNT, "-o", "remount,size=" + megabytes + "m", path.toString()).run().orFail();
  }

  @Override
  public void close() {
    Command.of(Path.of("/bin/umount"), path.toString()).run().orFail();
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new AssertionError("cannot delete " + path, e);
    }
  }
}
