package org.walfmt.replayer.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;

/**
 * Writes a tar in the format of POSIX, {@code ustar}: per member a header of 512 bytes, the
 * contents, zeros up to a multiple of 512; at the end two blocks of zeros.
 *
 * <p>Sizes of 8 GiB and more are stored in binary, as PostgreSQL does. Source: {@code
 * tarCreateHeader} in {@code port/tar.c}.
 */
final class TarStream {
  private static final int BLOCK = 512;
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 100;
  private static final int MODE = 100;
  private static final int OWNER = 108;
  private static final int GROUP = 116;
  private static final int SIZE = 124;
  private static final int TIME = 136;
  private static final int CHECKSUM = 148;
  private static final int CHECKSUM_LENGTH = 8;
  private static final int TYPE = 156;
  private static final int MAGIC = 257;
  private static final int PREFIX = 345;
  private static final int PREFIX_LENGTH = 155;
  private static final long MAX_OCTAL = 1L << 33;

  private final OutputStream out;
  private final Instant time;
  private final byte[] piece = new byte[64 << 10];
  private long left;
  private int padding;

  /**
   * @param time of all members
   */
  TarStream(OutputStream out, Instant time) {
    this.out = out;
    this.time = time;
  }

  /** A directory. */
  void directory(String path, int mode) throws IOException {
    out.write(header(path + "/", 040000 | mode, 0, '5'));
  }

  /** Begins a file of {@code size} bytes. */
  void file(String path, int mode, long size) throws IOException {
    out.write(header(path, 0100000 | mode, size, '0'));
    left = size;
    padding = (int) (-size & (BLOCK - 1));
  }

  /** The next bytes of it. */
  void bytes(ByteBuffer contents) throws IOException {
    left -= contents.remaining();
    if (left < 0) {
      throw new IllegalStateException("file is longer than its header says");
    }
    while (contents.hasRemaining()) {
      int count = Math.min(piece.length, contents.remaining());
      contents.get(piece, 0, count);
      out.write(piece, 0, count);
    }
  }

  /** Ends the file. */
  void endFile() throws IOException {
    if (left != 0) {
      throw new IllegalStateException("file is shorter than its header says");
    }
    out.write(new byte[padding]);
  }

  /** Ends the tar. */
  void finish() throws IOException {
    out.write(new byte[2 * BLOCK]);
  }

  private byte[] header(String path, int mode, long size, char type) throws RefusedException {
    byte[] header = new byte[BLOCK];
    putName(header, path);
    octal(header, MODE, 7, mode & 07777);
    octal(header, OWNER, 7, 0);
    octal(header, GROUP, 7, 0);
    if (size < MAX_OCTAL) {
      octal(header, SIZE, 11, size);
    } else {
      ByteBuffer.wrap(header).put(SIZE, (byte) 0x80).putLong(SIZE + 4, size);
    }
    octal(header, TIME, 11, time.getEpochSecond());
    header[TYPE] = (byte) type;
    put(header, MAGIC, "ustar\0" + "00");
    put(header, 265, "postgres");
    put(header, 297, "postgres");
    Arrays.fill(header, CHECKSUM, CHECKSUM + CHECKSUM_LENGTH, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += Byte.toUnsignedInt(b);
    }
    octal(header, CHECKSUM, 6, sum);
    header[CHECKSUM + 6] = 0;
    return header;
  }

  /** A long name is cut at a slash. */
  private static void putName(byte[] header, String path) throws RefusedException {
    byte[] bytes = path.getBytes(UTF_8);
    int cut = 0;
    if (bytes.length > NAME_LENGTH) {
      cut = bytes.length - NAME_LENGTH - 1;
      while (cut < bytes.length && bytes[cut] != '/') {
        cut++;
      }
      if (cut > PREFIX_LENGTH || cut >= bytes.length - 1) {
        throw new RefusedException(
            Reason.UNSUPPORTED, "path \"" + path + "\" is too long for a tar");
      }
      System.arraycopy(bytes, 0, header, PREFIX, cut);
      cut++;
    }
    System.arraycopy(bytes, cut, header, NAME, bytes.length - cut);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static void octal(byte[] header, int at, int digits, long value) {
    put(header, at, String.format("%0" + digits + "o", value));
  }
}
