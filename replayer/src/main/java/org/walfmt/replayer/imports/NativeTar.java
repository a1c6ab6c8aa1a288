package org.walfmt.replayer.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.UnsupportedWalException;
import org.walfmt.series.PathOrder;

/**
 * Reads a tar as {@code pg_basebackup} and servers write it, compressed by gzip, lz4 or zstd or not
 * at all, into a directory: files and directories in the {@code ustar} format; links are passed
 * over, since they lead to where tablespaces are on the server.
 */
final class NativeTar {
  private static final int BLOCK = 512;
  private static final int MODE = 100;
  private static final int SIZE = 124;
  private static final int CHECKSUM = 148;
  private static final int TYPE = 156;
  private static final int PREFIX = 345;

  private final InputStream in;
  private final String name;
  private final byte[] header = new byte[BLOCK];
  private final byte[] piece = new byte[64 << 10];

  private NativeTar(InputStream in, String name) {
    this.in = in;
    this.name = name;
  }

  /** Unpacks a tar, whose name tells how it is compressed, into a directory that is there. */
  static void unpack(Path tar, Path directory) throws IOException {
    try (InputStream in = open(tar)) {
      new NativeTar(in, tar.toString()).unpack(directory);
    }
  }

  /** The name of a tar without what tells of its compression. */
  static String plainName(String name) {
    return name.replaceFirst("\\.(gz|lz4|zst)$", "");
  }

  private static InputStream open(Path tar) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(tar), 1 << 16);
    String file = tar.toString();
    if (file.endsWith(".gz")) {
      return new GZIPInputStream(in, 1 << 16);
    } else if (file.endsWith(".lz4")) {
      return new LZ4FrameInputStream(in);
    } else if (file.endsWith(".zst")) {
      return new ZstdInputStreamNoFinalizer(in).setContinuous(false);
    } else if (file.endsWith(".tar")) {
      return in;
    }
    in.close();
    throw new RefusedException(
        Reason.UNSUPPORTED,
        "\"" + tar + "\" is no tar",
        "its name ends neither in .tar nor in .tar.gz, .tar.lz4 or .tar.zst",
        "");
  }

  private void unpack(Path directory) throws IOException {
    while (readHeader()) {
      String path = path();
      long size = size();
      switch (header[TYPE]) {
        case '0', 0 -> file(directory.resolve(path), size);
        case '5' -> Files.createDirectories(directory.resolve(path));
        case '2' -> {
          // where a tablespace was on the server: the map tells that, too
        }
        default ->
            throw new UnsupportedWalException(
                "\"" + name + "\" has a member of kind \"" + (char) header[TYPE] + "\"");
      }
      if (header[TYPE] != '2' && !path.isEmpty()) { // the directory itself stays private
        setMode(directory.resolve(path), header[TYPE] == '5');
      }
    }
  }

  /** Whatever the tar says, its files must be read and removed again. */
  private void setMode(Path path, boolean isDirectory) throws IOException {
    Files.setAttribute(path, "unix:mode", mode() | (isDirectory ? 0700 : 0400));
  }

  /** False at the end, which some servers leave out. */
  private boolean readHeader() throws IOException {
    int count = in.readNBytes(header, 0, BLOCK);
    if (count == 0) {
      return false;
    }
    if (count < BLOCK) {
      throw truncated();
    }
    int sum = 0;
    int all = 0;
    for (int i = 0; i < BLOCK; i++) {
      all |= header[i];
      sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : Byte.toUnsignedInt(header[i]);
    }
    if (all == 0) {
      in.transferTo(OutputStream.nullOutputStream());
      return false;
    }
    if (octal(CHECKSUM, 8) != sum) {
      throw new CorruptWalException("\"" + name + "\" has a header with a wrong checksum");
    }
    return true;
  }

  private CorruptWalException truncated() {
    return new CorruptWalException("\"" + name + "\" ends within a member");
  }

  private String path() throws CorruptWalException {
    String prefix = text(PREFIX, 155);
    String path = (prefix.isEmpty() ? "" : prefix + "/") + text(0, 100);
    path = path.startsWith("./") ? path.substring(2) : path;
    path = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    if (path.isEmpty() || path.equals(".")) {
      return "";
    }
    if (!PathOrder.isSafe(path)) {
      throw new CorruptWalException("\"" + name + "\" has unsafe path \"" + path + "\"");
    }
    return path;
  }

  private String text(int at, int length) {
    int end = at;
    while (end < at + length && header[end] != 0) {
      end++;
    }
    return new String(header, at, end - at, UTF_8);
  }

  private int mode() throws CorruptWalException {
    return (int) octal(MODE, 8) & 0777;
  }

  private long size() throws CorruptWalException {
    boolean binary = (header[SIZE] & 0x80) != 0;
    long size = binary ? ByteBuffer.wrap(header).getLong(SIZE + 4) : octal(SIZE, 12);
    if (size < 0) {
      throw new CorruptWalException("\"" + name + "\" has a member of " + size + " bytes");
    }
    return size;
  }

  private long octal(int at, int length) throws CorruptWalException {
    String digits = text(at, length).strip();
    if (!digits.matches("[0-7]{0,12}")) {
      throw new CorruptWalException("\"" + name + "\" has the number \"" + digits + "\"");
    }
    return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
  }

  private void file(Path file, long size) throws IOException {
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try (OutputStream out =
        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long left = size;
      while (left > 0) {
        int count = in.read(piece, 0, (int) Math.min(piece.length, left));
        if (count < 0) {
          throw truncated();
        }
        out.write(piece, 0, count);
        left -= count;
      }
    }
    try {
      in.skipNBytes(-size & (BLOCK - 1));
    } catch (EOFException e) {
      throw truncated();
    }
  }
}
