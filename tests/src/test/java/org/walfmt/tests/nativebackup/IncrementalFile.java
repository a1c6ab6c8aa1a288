package org.walfmt.tests.nativebackup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The header of a file {@code INCREMENTAL.<name>} of 17 and later, which stands for one file of a
 * relation, of at most 1 GiB.
 *
 * <pre>
 *   0       4        8                   12                 12 + 4n
 *   | magic | n      | truncation length | block number × n | padding | block × n |
 * </pre>
 *
 * <p>Little-endian, ascending numbers, relative to the file. The padding, to a multiple of 8192, is
 * left out together with the blocks if there are none. Source: PostgreSQL 17, {@code sendFile} in
 * {@code backup/basebackup.c}, {@code backup/basebackup_incremental.h}.
 */
final class IncrementalFile {
  static final int BLOCK_SIZE = 8192;

  /** What the name of such a file begins with. */
  static final String PREFIX = "INCREMENTAL.";

  private static final int INCREMENTAL_MAGIC = 0xD3AE1F0D;
  private static final int FIXED_LENGTH = 12;
  private static final int RELSEG_SIZE = 131072;

  private final int[] blocks;
  private final int truncationLength;

  private IncrementalFile(int[] blocks, int truncationLength) {
    this.blocks = blocks;
    this.truncationLength = truncationLength;
  }

  /** Reads the header. */
  static IncrementalFile read(FileChannel file, Path name) throws IOException {
    ByteBuffer fixed = read(file, 0, FIXED_LENGTH, name);
    int magic = fixed.getInt();
    if (magic != INCREMENTAL_MAGIC) {
      throw new IOException(String.format("magic %08X in %s, expected D3AE1F0D", magic, name));
    }
    int count = bounded(fixed.getInt(), "count", name);
    int truncationLength = bounded(fixed.getInt(), "truncation length", name);
    ByteBuffer numbers = read(file, FIXED_LENGTH, Integer.BYTES * count, name);
    int[] blocks = new int[count];
    for (int i = 0; i < count; i++) {
      blocks[i] = numbers.getInt();
      if (blocks[i] <= (i == 0 ? -1 : blocks[i - 1]) || blocks[i] >= RELSEG_SIZE) {
        throw new IOException("block " + blocks[i] + " out of order in " + name);
      }
    }
    IncrementalFile header = new IncrementalFile(blocks, truncationLength);
    if (file.size() != header.offset(count)) {
      throw new IOException(
          file.size() + " bytes in " + name + ", expected " + header.offset(count));
    }
    return header;
  }

  /** How many blocks are in it. */
  int count() {
    return blocks.length;
  }

  /** Number of the block at an index. */
  int block(int index) {
    return blocks[index];
  }

  /**
   * Blocks that the relation's file has at least; below it, blocks that are not here are those of
   * older backups.
   */
  int truncationLength() {
    return truncationLength;
  }

  /** Where the block at an index lies in the file; for the count of blocks, the file's end. */
  long offset(int index) {
    long length = FIXED_LENGTH + (long) Integer.BYTES * blocks.length;
    long padded = blocks.length == 0 ? length : (length + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;
    return padded + (long) index * BLOCK_SIZE;
  }

  /** Blocks that the relation's file has once it is combined with older backups. */
  int length() {
    int last = blocks.length == 0 ? -1 : blocks[blocks.length - 1];
    return Math.max(truncationLength, last + 1);
  }

  /** Reads so many bytes at an offset. */
  static ByteBuffer read(FileChannel file, long offset, int length, Path name) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, offset + bytes.position()) < 0) {
        throw new IOException(name + " ends at " + file.size() + ", within what is to be read");
      }
    }
    return bytes.flip();
  }

  private static int bounded(int number, String what, Path name) throws IOException {
    if (number < 0 || number > RELSEG_SIZE) {
      throw new IOException(what + " " + Integer.toUnsignedString(number) + " in " + name);
    }
    return number;
  }
}
