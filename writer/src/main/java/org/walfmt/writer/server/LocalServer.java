package org.walfmt.writer.server;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.WalFormatException;
import org.walfmt.control.ControlFile;

/**
 * Proves that a local data directory is the connected server's: {@code postmaster.pid} shows its
 * start time and port, {@code pg_control} its system identifier.
 */
public final class LocalServer {
  private static final int READS = 10;
  private static final long PAUSE_MILLIS = 10;

  /** The postmaster notes its start a moment before the time that SQL shows. */
  private static final long START_TOLERANCE_SECONDS = 60;

  private static final int LINE_START_TIME = 2;
  private static final int LINE_PORT = 3;

  private final Path root;
  private final ServerFacts facts;

  /**
   * @param root the data directory
   */
  public LocalServer(Path root, ServerFacts facts) {
    this.root = root;
    this.facts = facts;
  }

  /** Refuses a directory that is not the server's. */
  public void check() throws IOException {
    String version = read(root.resolve("PG_VERSION")).strip();
    if (!version.equals(facts.version().toString())) {
      throw mismatch("it is of PostgreSQL " + version + ", the server is " + facts.version());
    }
    if (facts.dataDirectory().isPresent()) {
      Path stated = Path.of(facts.dataDirectory().get());
      if (Files.exists(stated) && !Files.isSameFile(stated, root)) {
        throw mismatch("the server's data directory is \"" + stated + "\"");
      }
    }
    List<String> lines = read(root.resolve("postmaster.pid")).lines().toList();
    if (lines.size() <= LINE_PORT) {
      throw mismatch("its postmaster.pid has " + lines.size() + " lines");
    }
    long start = number(lines.get(LINE_START_TIME));
    if (Math.abs(start - facts.startSeconds()) > START_TOLERANCE_SECONDS) {
      throw mismatch("its server and the one connected to were started at different times");
    }
    if (number(lines.get(LINE_PORT)) != facts.port()) {
      throw mismatch(
          "its server listens on port " + lines.get(LINE_PORT) + ", the other on " + facts.port());
    }
    ControlFile control = controlFile(root, facts.version());
    if (control.systemIdentifier() != facts.systemIdentifier()) {
      throw mismatch(
          "its system identifier is "
              + Long.toUnsignedString(control.systemIdentifier())
              + ", the server's "
              + Long.toUnsignedString(facts.systemIdentifier()));
    }
  }

  private static long number(String line) {
    try {
      return Long.parseLong(line.strip());
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private String read(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw mismatch("there is no file \"" + file.getFileName() + "\" in it");
    }
  }

  private RefusedException mismatch(String detail) {
    return new RefusedException(
        Reason.MISMATCH,
        "directory \"" + root + "\" is not the data directory of the connected server",
        detail,
        "Name the server's data directory with -D, or connect to the server that runs on it.");
  }

  /** Reads {@code pg_control}, again if the server is just writing it. */
  public static ControlFile controlFile(Path root, PgVersion version) throws IOException {
    return controlFile(controlBytes(root, version));
  }

  /** Decodes what {@link #controlBytes} gave. */
  public static ControlFile controlFile(byte[] bytes) throws IOException {
    return ControlFile.read(littleEndian(bytes));
  }

  /** The bytes of {@code pg_control}, read so that their checksum is right. */
  public static byte[] controlBytes(Path root, PgVersion version) throws IOException {
    WalFormatException failure = null;
    for (int i = 0; i < READS; i++) {
      byte[] bytes = Files.readAllBytes(root.resolve(ControlFile.PATH));
      try {
        ControlFile control = ControlFile.read(littleEndian(bytes));
        if (control.version() != version) {
          throw new RefusedException(
              Reason.MISMATCH,
              "pg_control is of PostgreSQL " + control.version() + ", expected " + version);
        }
        return bytes;
      } catch (WalFormatException e) {
        failure = e;
        pause();
      }
    }
    throw failure == null ? new IOException("could not read pg_control") : failure;
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading pg_control");
    }
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
