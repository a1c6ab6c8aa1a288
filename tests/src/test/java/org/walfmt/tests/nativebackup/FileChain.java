package org.walfmt.tests.nativebackup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One file of a relation in a chain of native backups, newest first, down to the first backup that
 * has it whole.
 *
 * <p>Combines exactly as {@code reconstruct_from_incremental_file} in 17's {@code
 * pg_combinebackup/reconstruct.c} does, its faults included: a block that nobody has is zeros, and
 * how short the file was in a backup in between does not matter.
 */
final class FileChain implements AutoCloseable {
  private static final int NONE = -1;

  private final List<FileChannel> files = new ArrayList<>();
  private final List<Path> names = new ArrayList<>();

  /** Index of the file that has a block; by block. */
  private final int[] source;

  private final long[] offset;

  /**
   * Opens the files.
   *
   * @param backups the chain, oldest first; the newest has the file as an incremental one
   * @param relative path of the file in a backup, without the prefix of incremental files
   */
  FileChain(List<Path> backups, Path relative) throws IOException {
    try {
      int last = backups.size() - 1;
      IncrementalFile newest = open(incremental(backups.get(last), relative));
      source = new int[newest.length()];
      Arrays.fill(source, NONE);
      offset = new long[newest.length()];
      take(newest, newest.length());
      boolean whole = false;
      for (int i = last - 1; i >= 0 && !whole; i--) {
        Path full = backups.get(i).resolve(relative);
        whole = Files.exists(full);
        if (whole) {
          takeWhole(full, newest.truncationLength());
        } else {
          take(open(incremental(backups.get(i), relative)), newest.truncationLength());
        }
      }
      if (!whole) {
        throw new IOException("no backup has " + relative + " whole");
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  private static Path incremental(Path backup, Path relative) {
    Path file = backup.resolve(relative);
    return file.resolveSibling(IncrementalFile.PREFIX + file.getFileName());
  }

  private IncrementalFile open(Path name) throws IOException {
    return IncrementalFile.read(add(name), name);
  }

  private FileChannel add(Path name) throws IOException {
    FileChannel file = FileChannel.open(name, StandardOpenOption.READ);
    files.add(file);
    names.add(name);
    return file;
  }

  /** Takes the blocks below a limit, of the file opened last, that no newer file has. */
  private void take(IncrementalFile header, int limit) {
    for (int i = 0; i < header.count(); i++) {
      takeBlock(header.block(i), header.offset(i), limit);
    }
  }

  private void takeWhole(Path full, int limit) throws IOException {
    long blocks = add(full).size() / IncrementalFile.BLOCK_SIZE;
    for (int block = 0; block < blocks; block++) {
      takeBlock(block, (long) block * IncrementalFile.BLOCK_SIZE, limit);
    }
  }

  private void takeBlock(int block, long at, int limit) {
    if (block < limit && source[block] == NONE) {
      source[block] = files.size() - 1;
      offset[block] = at;
    }
  }

  /** Writes the combined file, which must not exist. */
  void writeTo(Path target) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(IncrementalFile.BLOCK_SIZE);
    try (FileChannel out =
        FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      for (int block = 0; block < source.length; block++) {
        ByteBuffer bytes = source[block] == NONE ? zeros.clear() : read(block);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
    }
  }

  private ByteBuffer read(int block) throws IOException {
    return IncrementalFile.read(
        files.get(source[block]),
        offset[block],
        IncrementalFile.BLOCK_SIZE,
        names.get(source[block]));
  }

  @Override
  public void close() throws IOException {
    for (FileChannel file : files) {
      file.close();
    }
  }
}
