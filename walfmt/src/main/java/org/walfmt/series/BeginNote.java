package org.walfmt.series;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;

/**
 * The first record of a series, {@code walfmt.begin}: whose backup this is and what it builds on
 * (rule SERIES-1).
 *
 * @param nonce 128 random bits in hex, the same in begin, end and commit
 * @param parent empty for a full backup
 * @param referenceLsn start LSN of the parent; 0/0 for a full backup
 * @param referenceTimeline start timeline of the parent; for a full backup the start timeline
 * @param startLsn redo LSN of the start checkpoint: ordinary WAL is needed from here on
 * @param checkpointLsn LSN of the start checkpoint's record
 * @param serverVersion as the server gives it, {@code 15.18}
 * @param checksums whether data checksums are on
 * @param walLogHints the server's {@code wal_log_hints}
 * @param fromStandby whether the server was in recovery
 * @param compression of page images: none, pglz, lz4, zstd
 * @param changeSource what told which blocks changed: all, scan, wal, summaries, audit, merge
 * @param startTime when the backup began, by the server's clock
 */
public record BeginNote(
    String nonce,
    PgVersion version,
    SegmentSize segmentSize,
    long systemIdentifier,
    Optional<Parent> parent,
    Lsn referenceLsn,
    TimelineId referenceTimeline,
    Lsn startLsn,
    TimelineId startTimeline,
    Lsn checkpointLsn,
    String label,
    String serverVersion,
    boolean checksums,
    boolean walLogHints,
    boolean fromStandby,
    String compression,
    String changeSource,
    String toolVersion,
    Instant startTime) {
  /** Version of the format that this program writes and reads. */
  public static final int FORMAT_VERSION = 1;

  static final int NONCE_BYTES = 16;
  static final int SHA256_BYTES = 32;
  private static final int BLOCK_SIZE = 8192;

  /** Whether the series holds every block. */
  public boolean isFull() {
    return parent.isEmpty();
  }

  /** Whether {@code text} may be a backup's label: it stands in a line of the commit. */
  public static boolean isLabel(String text) {
    return text.chars().noneMatch(c -> c == '\n' || c == '\r' || c == 0);
  }

  byte[] encode() {
    JsonText json =
        new JsonText()
            .number("format", FORMAT_VERSION)
            .string("kind", isFull() ? "full" : "incremental")
            .string("nonce", nonce)
            .string("label", label);
    parent.ifPresent(
        value -> {
          if (value instanceof Parent.Series series) {
            json.string("parent", series.id().text()).string("parent_nonce", series.nonce());
          } else if (value instanceof Parent.Manifest manifest) {
            json.string("parent_manifest_sha256", manifest.sha256());
          }
        });
    return json.lsn("reference_lsn", referenceLsn)
        .number("reference_tli", referenceTimeline.number())
        .lsn("start_lsn", startLsn)
        .number("start_tli", startTimeline.number())
        .lsn("checkpoint_lsn", checkpointLsn)
        .uint64("system_identifier", systemIdentifier)
        .number("postgres", version.major())
        .string("server_version", serverVersion)
        .number("catalog_version", version.catalogVersion())
        .number("block_size", BLOCK_SIZE)
        .number("segment_size", segmentSize.bytes())
        .bool("checksums", checksums)
        .bool("wal_log_hints", walLogHints)
        .bool("from_standby", fromStandby)
        .string("compression", compression)
        .string("changes", changeSource)
        .string("tool", toolVersion)
        .string("start_time", startTime.toString())
        .finish();
  }

  static BeginNote decode(byte[] message, WalPosition where) throws WalFormatException {
    JsonFields json = JsonFields.parse(message, where);
    long format = json.number("format", Integer.MAX_VALUE);
    if (format != FORMAT_VERSION) {
      throw new UnsupportedWalException(
          "series has format version " + format + ", this program reads " + FORMAT_VERSION, where);
    }
    PgVersion version =
        PgVersion.ofMajor((int) json.number("postgres", 1000))
            .orElseThrow(() -> json.invalid("postgres"));
    int segmentSize = (int) json.number("segment_size", Integer.MAX_VALUE);
    require(json, "catalog_version", json.uint32("catalog_version") == version.catalogVersion());
    require(json, "block_size", json.number("block_size", Integer.MAX_VALUE) == BLOCK_SIZE);
    require(json, "segment_size", SegmentSize.isValid(segmentSize));
    Optional<Parent> parent = decodeParent(json);
    BeginNote note =
        new BeginNote(
            json.hex("nonce", NONCE_BYTES),
            version,
            new SegmentSize(segmentSize),
            json.uint64("system_identifier"),
            parent,
            json.lsn("reference_lsn"),
            json.timeline("reference_tli"),
            json.lsn("start_lsn"),
            json.timeline("start_tli"),
            json.lsn("checkpoint_lsn"),
            json.string("label"),
            json.string("server_version"),
            json.bool("checksums"),
            json.bool("wal_log_hints"),
            json.bool("from_standby"),
            json.string("compression"),
            json.string("changes"),
            json.string("tool"),
            time(json, "start_time"));
    require(json, "label", isLabel(note.label));
    require(json, "reference_lsn", note.referenceLsn.isValid() != note.isFull());
    require(
        json, "reference_tli", !note.isFull() || note.referenceTimeline.equals(note.startTimeline));
    json.done();
    return note;
  }

  private static Optional<Parent> decodeParent(JsonFields json) throws CorruptWalException {
    String kind = json.string("kind");
    if (kind.equals("full")) {
      return Optional.empty();
    }
    require(json, "kind", kind.equals("incremental"));
    if (json.has("parent_manifest_sha256")) {
      return Optional.of(new Parent.Manifest(json.hex("parent_manifest_sha256", SHA256_BYTES)));
    }
    String id = json.string("parent");
    require(json, "parent", BackupId.matches(id));
    return Optional.of(new Parent.Series(new BackupId(id), json.hex("parent_nonce", NONCE_BYTES)));
  }

  static Instant time(JsonFields json, String name) throws CorruptWalException {
    try {
      return Instant.parse(json.string(name));
    } catch (DateTimeParseException e) {
      throw json.invalid(name);
    }
  }

  private static void require(JsonFields json, String name, boolean holds)
      throws CorruptWalException {
    if (!holds) {
      throw json.invalid(name);
    }
  }
}
