package org.walfmt.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;

/**
 * Reads a {@code backup_manifest} of versions 1 and 2, a JSON object with one line a file:
 *
 * <pre>
 *   { "PostgreSQL-Backup-Manifest-Version": 2,
 *   "System-Identifier": 7711635449941887756,
 *   "Files": [
 *   { "Path": "PG_VERSION", "Size": 3, "Last-Modified": "2026-11-24 07:24:09 GMT",
 *     "Checksum-Algorithm": "CRC32C", "Checksum": "64440205" }
 *   ],
 *   "WAL-Ranges": [
 *   { "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000120" }
 *   ],
 *   "Manifest-Checksum": "64 hexadecimal digits"}
 * </pre>
 *
 * <p>The checksum is the SHA-256 of all lines but the last. Source: {@code
 * backup/backup_manifest.c} and {@code common/parse_manifest.c}. Manifests are untrusted: lengths
 * are limited, and a path that leads out of the data directory is corrupt. Those of native
 * incremental backups are unsupported.
 */
public final class BackupManifestReader {
  /** Name of the file, in the data directory of a backup. */
  public static final String NAME = "backup_manifest";

  private static final int MAX_DEPTH = 4;
  private static final int MAX_NAME = 64;
  private static final int MAX_STRING = 1 << 14;
  private static final int MAX_NUMBER = 20;
  private static final int MAX_WAL_RANGES = 10_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME)
                  .maxStringLength(MAX_STRING)
                  .maxNumberLength(MAX_NUMBER)
                  .build())
          .build();

  private final ManifestFields fields;
  private final FileConsumer consumer;
  private final List<WalRange> walRanges = new ArrayList<>();
  private OptionalLong systemIdentifier = OptionalLong.empty();
  private int version;
  private long files;

  private BackupManifestReader(JsonParser parser, FileConsumer consumer) {
    this.fields = new ManifestFields(parser);
    this.consumer = consumer;
  }

  /** Takes the files of a manifest one by one. */
  @FunctionalInterface
  public interface FileConsumer {
    /** Takes the next file. */
    void accept(ManifestFile file) throws IOException;
  }

  /**
   * Reads a whole manifest of a backup whose files are whole; the stream is not closed.
   *
   * <p>Files are handed over before the manifest's checksum is known to be right: nothing may be
   * built on them until this returns.
   *
   * @throws org.walfmt.WalFormatException if the manifest is damaged, cut off or not supported
   * @throws IOException if the stream or the consumer fails
   */
  public static ManifestSummary read(InputStream in, FileConsumer consumer) throws IOException {
    return readNative(
        in,
        file -> {
          if (file.isIncremental()) {
            throw new UnsupportedWalException(
                NAME + " is of a native incremental backup, it lists \"" + file.path() + "\"");
          }
          consumer.accept(file);
        });
  }

  /** The same of a backup that may be one of the incremental ones of 17 and later. */
  public static ManifestSummary readNative(InputStream in, FileConsumer consumer)
      throws IOException {
    ManifestInput input = new ManifestInput(in);
    try (JsonParser parser =
        FACTORY.createParser(new InputStreamReader(input, UTF_8.newDecoder()))) {
      BackupManifestReader reader = new BackupManifestReader(parser, consumer);
      reader.readJson();
      String sha256 = input.verify();
      return new ManifestSummary(
          reader.version, reader.systemIdentifier, reader.walRanges, reader.files, sha256);
    }
  }

  private void readJson() throws IOException {
    try {
      readAll();
    } catch (JsonEOFException e) {
      throw because(e, new TruncatedWalException(NAME + " ends within its JSON text"));
    } catch (JsonProcessingException e) {
      throw because(e, fields.corrupt("is not the JSON text expected"));
    } catch (CharacterCodingException e) {
      throw because(e, new CorruptWalException(NAME + " is not UTF-8"));
    }
  }

  private static <E extends IOException> E because(IOException cause, E thrown) {
    thrown.initCause(cause);
    return thrown;
  }

  private void readAll() throws IOException {
    fields.startObject();
    if (!fields.next() || !fields.name().equals("PostgreSQL-Backup-Manifest-Version")) {
      throw fields.corrupt("does not begin with its version");
    }
    long found = fields.number();
    if (found != 1 && found != 2) {
      throw new UnsupportedWalException(NAME + " has version " + found + ", supported are 1 and 2");
    }
    version = (int) found;
    boolean filesSeen = false;
    boolean checksumSeen = false;
    while (fields.next()) {
      switch (fields.name()) {
        case "System-Identifier" -> systemIdentifier = OptionalLong.of(fields.unsignedNumber());
        case "Files" -> {
          readFiles();
          filesSeen = true;
        }
        case "WAL-Ranges" -> readWalRanges();
        case "Manifest-Checksum" -> {
          fields.string();
          checksumSeen = true;
        }
        default -> throw fields.unknown();
      }
    }
    fields.end();
    if (!filesSeen || walRanges.isEmpty() || !checksumSeen) {
      throw fields.corrupt("lacks files, WAL ranges or checksum");
    }
    if (systemIdentifier.isPresent() != (version == 2)) {
      throw fields.corrupt(
          "has version " + version + (version == 2 ? " but no" : " but a") + " system identifier");
    }
  }

  private void readFiles() throws IOException {
    fields.startArray();
    while (fields.nextObject()) {
      consumer.accept(ManifestFileReader.read(fields));
      files++;
    }
  }

  private void readWalRanges() throws IOException {
    fields.startArray();
    while (fields.nextObject()) {
      if (walRanges.size() == MAX_WAL_RANGES) {
        throw fields.corrupt("has more than " + MAX_WAL_RANGES + " WAL ranges");
      }
      walRanges.add(readWalRange());
    }
  }

  private WalRange readWalRange() throws IOException {
    long timeline = 0;
    Lsn start = Lsn.INVALID;
    Lsn end = Lsn.INVALID;
    while (fields.next()) {
      switch (fields.name()) {
        case "Timeline" -> timeline = fields.number();
        case "Start-LSN" -> start = fields.lsn();
        case "End-LSN" -> end = fields.lsn();
        default -> throw fields.unknown();
      }
    }
    if (timeline == 0 || timeline > 0xFFFF_FFFFL || !start.isValid() || end.isBefore(start)) {
      throw fields.corrupt("has a WAL range " + start + " to " + end + " on timeline " + timeline);
    }
    return new WalRange(TimelineId.of(timeline), start, end);
  }
}
