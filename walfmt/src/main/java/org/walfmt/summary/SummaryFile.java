package org.walfmt.summary;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.roaringbitmap.IntConsumer;
import org.walfmt.CorruptWalException;
import org.walfmt.UnsupportedWalException;

/**
 * A summary file, as PostgreSQL 17 writes it: which blocks a range of WAL changed.
 *
 * <pre>
 *   magic, 4
 *   | tablespace | database | relation | fork | limit | n |     24 bytes, in order of the first four
 *   | usage, 2 n | for each usage &gt; 0: data, 2 usage |
 *   ...
 *   24 zero bytes
 *   CRC-32C of all before, 4
 * </pre>
 *
 * <p>Little-endian. Chunk i covers blocks 65536 i on. A usage below 4096 counts block offsets; 4096
 * stands for a bitmap of 65536 bits. Source: {@code common/blkreftable.c}.
 */
public final class SummaryFile {
  /** Bounds the heap: each of so many relations takes about 80 bytes. */
  public static final int MOST_FORKS = 500_000;

  private static final int MAGIC = 0x652B137B;
  private static final int KEY_LENGTH = 24;
  private static final int CHUNK_BLOCKS = 1 << 16;

  /** Usage of a chunk that is a bitmap: {@code MAX_ENTRIES_PER_CHUNK}. */
  private static final int BITMAP = CHUNK_BLOCKS / Short.SIZE;

  private static final int MAX_FORK = 3;

  private SummaryFile() {}

  /** Writes all of {@code changes}; the stream is flushed, not closed. */
  public static void write(BlockChanges changes, OutputStream out) throws IOException {
    Output output = new Output(out);
    output.buffer.putInt(MAGIC);
    output.flush();
    for (ForkChanges fork : changes.sorted()) {
      writeFork(fork, output);
    }
    output.buffer.put(new byte[KEY_LENGTH]);
    output.flush();
    output.buffer.putInt(output.crc());
    output.flush();
    out.flush();
  }

  private static void writeFork(ForkChanges fork, Output out) throws IOException {
    int chunks = fork.blocks().isEmpty() ? 0 : (fork.blocks().last() >>> 16) + 1;
    int[] usage = new int[chunks];
    for (int i = 0; i < chunks; i++) {
      long first = (long) i * CHUNK_BLOCKS;
      long count = fork.blocks().rangeCardinality(first, first + CHUNK_BLOCKS);
      usage[i] = (int) Math.min(BITMAP, count);
    }
    out.buffer
        .putInt(fork.tablespace)
        .putInt(fork.database)
        .putInt(fork.relation)
        .putInt(fork.fork)
        .putInt((int) fork.limit())
        .putInt(chunks);
    out.flush();
    for (int count : usage) {
      out.putShort(count);
    }
    for (int i = 0; i < chunks; i++) {
      writeChunk(fork, i, usage[i], out);
    }
    out.flush();
  }

  private static void writeChunk(ForkChanges fork, int chunk, int usage, Output out)
      throws IOException {
    if (usage == 0) {
      return;
    }
    long first = (long) chunk * CHUNK_BLOCKS;
    int[] words = usage == BITMAP ? new int[BITMAP] : new int[usage];
    Collector collector = new Collector(words, usage == BITMAP);
    fork.blocks().forEachInRange((int) first, CHUNK_BLOCKS, collector);
    for (int word : words) {
      out.putShort(word);
    }
  }

  /** Gathers the blocks of one chunk, as offsets or as bits. */
  private static final class Collector implements IntConsumer {
    private final int[] words;
    private final boolean bitmap;
    private int count;

    Collector(int[] words, boolean bitmap) {
      this.words = words;
      this.bitmap = bitmap;
    }

    @Override
    public void accept(int block) {
      int offset = block & 0xFFFF;
      if (bitmap) {
        words[offset / Short.SIZE] |= 1 << offset % Short.SIZE;
      } else {
        words[count++] = offset;
      }
    }
  }

  /**
   * Reads a whole file and adds what it says, as later than all in {@code changes}.
   *
   * @param name for messages
   */
  public static void read(InputStream in, String name, BlockChanges changes) throws IOException {
    Input input = new Input(in, name);
    if (input.take(Integer.BYTES).getInt() != MAGIC) {
      throw input.corrupt("has a wrong magic number");
    }
    ForkChanges last = null;
    BlockChanges found = new BlockChanges();
    while (true) {
      ByteBuffer key = input.take(KEY_LENGTH);
      ForkChanges fork = new ForkChanges(key.getInt(), key.getInt(), key.getInt(), key.getInt());
      long limit = Integer.toUnsignedLong(key.getInt());
      long chunks = Integer.toUnsignedLong(key.getInt());
      if (fork.is(0, 0, 0, 0) && limit == 0 && chunks == 0) {
        break;
      }
      if (fork.fork < 0 || fork.fork > MAX_FORK || chunks > CHUNK_BLOCKS) {
        throw input.corrupt("has an invalid entry");
      }
      if (last != null && last.compareTo(fork) >= 0) {
        throw input.corrupt("has entries out of order");
      }
      if (limit != ForkChanges.NO_LIMIT) {
        fork.cut(limit);
      }
      readChunks(input, (int) chunks, fork);
      last = fork;
      found.append(fork);
      if (found.size() > MOST_FORKS) {
        throw new UnsupportedWalException(
            "summary file \"" + name + "\" has more than " + MOST_FORKS + " relations");
      }
    }
    input.checkCrc();
    for (ForkChanges fork : found.sorted()) {
      changes.append(fork);
    }
  }

  private static void readChunks(Input in, int chunks, ForkChanges fork) throws IOException {
    int[] usage = new int[chunks];
    for (int i = 0; i < chunks; i++) {
      usage[i] = Short.toUnsignedInt(in.take(Short.BYTES).getShort());
      if (usage[i] > BITMAP) {
        throw in.corrupt("has an invalid chunk");
      }
    }
    for (int i = 0; i < chunks; i++) {
      ByteBuffer data = in.take(usage[i] * Short.BYTES);
      for (int word = 0; word < usage[i]; word++) {
        int value = Short.toUnsignedInt(data.getShort());
        if (usage[i] < BITMAP) {
          fork.mark(i * CHUNK_BLOCKS + value);
        } else {
          markBits(fork, i * CHUNK_BLOCKS + word * Short.SIZE, value);
        }
      }
    }
  }

  private static void markBits(ForkChanges fork, int first, int bits) {
    for (int rest = bits; rest != 0; rest &= rest - 1) {
      fork.mark(first + Integer.numberOfTrailingZeros(rest));
    }
  }

  /** A stream with the CRC of what went through. */
  private static final class Output {
    private final ByteBuffer buffer =
        ByteBuffer.allocate(KEY_LENGTH + BITMAP * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final OutputStream out;
    private final CRC32C sum = new CRC32C();

    Output(OutputStream out) {
      this.out = out;
    }

    void putShort(int value) throws IOException {
      if (buffer.remaining() < Short.BYTES) {
        flush();
      }
      buffer.putShort((short) value);
    }

    void flush() throws IOException {
      sum.update(buffer.array(), 0, buffer.position());
      out.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }

    int crc() {
      return (int) sum.getValue();
    }
  }

  /** A stream whose bytes are handed out in small, checked pieces. */
  private static final class Input {
    private final ByteBuffer buffer =
        ByteBuffer.allocate(BITMAP * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final InputStream in;
    private final String name;
    private final CRC32C sum = new CRC32C();

    Input(InputStream in, String name) {
      this.in = in;
      this.name = name;
    }

    ByteBuffer take(int length) throws IOException {
      buffer.clear().limit(length);
      if (in.readNBytes(buffer.array(), 0, length) < length) {
        throw (CorruptWalException) corrupt("ends early").initCause(new EOFException());
      }
      sum.update(buffer.array(), 0, length);
      return buffer;
    }

    void checkCrc() throws IOException {
      int expected = (int) sum.getValue();
      int found = take(Integer.BYTES).getInt();
      if (found != expected) {
        throw corrupt(String.format("has CRC %08X, its bytes have %08X", found, expected));
      }
      if (in.read() >= 0) {
        throw corrupt("goes on after its end");
      }
    }

    CorruptWalException corrupt(String fact) {
      return new CorruptWalException("summary file \"" + name + "\" " + fact);
    }
  }
}
