package org.walfmt.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.walfmt.PgVersion;

/**
 * Writes a {@code backup_manifest} as the server of a major does, so that its {@code
 * pg_verifybackup} takes it; {@link BackupManifestReader} describes the format.
 *
 * <p>Files in any order, then {@link #finish} once. The stream is flushed then, never closed.
 */
public final class BackupManifestWriter {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final OutputStream out;
  private final MessageDigest digest = FileDigest.digest("SHA-256");
  private final StringBuilder text = new StringBuilder();
  private boolean first = true;

  /**
   * Begins a manifest.
   *
   * @param systemIdentifier unsigned; named only from 17 on
   */
  public BackupManifestWriter(OutputStream out, PgVersion version, long systemIdentifier)
      throws IOException {
    this.out = new BufferedOutputStream(out);
    boolean namesSystem = version.isAtLeast(PgVersion.V17);
    text.append("{ \"PostgreSQL-Backup-Manifest-Version\": ").append(namesSystem ? 2 : 1);
    text.append(",\n");
    if (namesSystem) {
      text.append("\"System-Identifier\": ").append(Long.toUnsignedString(systemIdentifier));
      text.append(",\n");
    }
    text.append("\"Files\": [");
    write();
  }

  /**
   * Adds a file.
   *
   * @param path relative to the data directory, with {@code /} between its parts
   * @param size in bytes
   */
  public void add(String path, long size, Instant lastModified, FileChecksum checksum)
      throws IOException {
    startFile(path, size, lastModified);
    text.append(", \"Checksum-Algorithm\": \"").append(checksum.algorithm());
    text.append("\", \"Checksum\": \"").append(checksum.hex()).append("\" }");
    write();
  }

  /** Adds a file of which only the size is known. */
  public void add(String path, long size, Instant lastModified) throws IOException {
    startFile(path, size, lastModified);
    text.append(" }");
    write();
  }

  /** Ends the manifest with the WAL that the backup needs, the newest timeline first. */
  public void finish(List<WalRange> walRanges) throws IOException {
    text.append("\n],\n\"WAL-Ranges\": [");
    String separator = "\n";
    for (WalRange range : walRanges) {
      text.append(separator).append("{ \"Timeline\": ").append(range.timeline());
      text.append(", \"Start-LSN\": \"").append(range.start());
      text.append("\", \"End-LSN\": \"").append(range.end()).append("\" }");
      separator = ",\n";
    }
    text.append("\n],\n");
    write();
    String checksum = HexFormat.of().formatHex(digest.digest());
    text.append("\"Manifest-Checksum\": \"").append(checksum).append("\"}\n");
    write();
    out.flush();
  }

  private void startFile(String path, long size, Instant lastModified) {
    if (!UTF_8.newEncoder().canEncode(path)) {
      throw new IllegalArgumentException("not a text: \"" + path + "\"");
    }
    text.append(first ? "\n" : ",\n");
    first = false;
    text.append("{ \"Path\": ");
    appendString(path);
    text.append(", \"Size\": ").append(size);
    text.append(", \"Last-Modified\": \"").append(TIME.format(lastModified)).append('"');
  }

  /** As {@code escape_json} in {@code utils/adt/json.c}. */
  private void appendString(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\b' -> text.append("\\b");
        case '\f' -> text.append("\\f");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        default -> {
          if (c < ' ') {
            text.append("\\u00").append(HexFormat.of().toHexDigits((byte) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }

  private void write() throws IOException {
    byte[] bytes = text.toString().getBytes(UTF_8);
    text.setLength(0);
    digest.update(bytes);
    out.write(bytes);
  }
}
