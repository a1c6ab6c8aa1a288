package org.walfmt.writer.changes;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.manifest.ManifestSummary;
import org.walfmt.manifest.WalRange;
import org.walfmt.series.Parent;
import org.walfmt.writer.server.LocalServer;

/**
 * A parent that is an external base backup, known by its {@code backup_manifest}. What that does
 * not tell is read from the backup's {@code pg_control} and {@code backup_label} beside it, if they
 * are there.
 *
 * @param control empty if there is none beside the manifest
 */
public record ManifestParent(
    Path manifest,
    PgVersion version,
    ManifestSummary summary,
    ManifestForks forks,
    Optional<ControlFile> control,
    Instant startTime)
    implements ParentBackup {
  /** No zone is further east: what the label's abbreviation stands for cannot be known. */
  private static final Duration LARGEST_OFFSET = Duration.ofHours(14);

  private static final DateTimeFormatter LABEL_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
  private static final int LABEL_TIME_LENGTH = 19;

  /** Reads a manifest and what is beside it. */
  public static ManifestParent open(Path manifest, PgVersion version) throws IOException {
    if (Files.isDirectory(manifest)) {
      throw new RefusedException(
          Reason.MISMATCH,
          "\"" + manifest + "\" is a directory, not a backup_manifest",
          "",
          "Name the backup_manifest in it.");
    }
    ManifestForks forks = new ManifestForks();
    ManifestSummary summary;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(manifest))) {
      summary = BackupManifestReader.read(in, file -> forks.add(file, version));
    }
    if (summary.walRanges().isEmpty()) {
      throw new CorruptWalException("manifest \"" + manifest + "\" tells no range of WAL");
    }
    forks.sort();
    Path directory = Optional.ofNullable(manifest.toAbsolutePath().getParent()).orElse(manifest);
    Optional<ControlFile> control =
        Files.exists(directory.resolve(ControlFile.PATH))
            ? Optional.of(LocalServer.controlFile(directory, version))
            : Optional.empty();
    return new ManifestParent(manifest, version, summary, forks, control, startTime(directory));
  }

  /** No later than the backup's start; the epoch if nothing tells. */
  private static Instant startTime(Path directory) throws IOException {
    Path file = directory.resolve(BackupLabel.NAME);
    if (!Files.exists(file)) {
      return Instant.EPOCH;
    }
    BackupLabel label = BackupLabel.parse(Files.readString(file, StandardCharsets.ISO_8859_1));
    String text = label.startTime();
    try {
      Instant time =
          LocalDateTime.parse(
                  text.substring(0, Math.min(LABEL_TIME_LENGTH, text.length())), LABEL_TIME)
              .toInstant(ZoneOffset.UTC);
      boolean isUtc = text.endsWith(" UTC") || text.endsWith(" GMT");
      return isUtc ? time : time.minus(LARGEST_OFFSET);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  @Override
  public Parent note() {
    return new Parent.Manifest(summary.sha256());
  }

  @Override
  public String description() {
    return "base backup of manifest \"" + manifest + "\"";
  }

  @Override
  public Optional<Long> systemIdentifier() {
    if (summary.systemIdentifier().isPresent()) {
      return Optional.of(summary.systemIdentifier().getAsLong());
    }
    return control.map(ControlFile::systemIdentifier);
  }

  /** The manifest lists the newest timeline first. */
  private WalRange first() {
    List<WalRange> ranges = summary.walRanges();
    return ranges.get(ranges.size() - 1);
  }

  @Override
  public Optional<SegmentSize> segmentSize() {
    return control.map(ControlFile::segmentSize);
  }

  @Override
  public Lsn startLsn() {
    return first().start();
  }

  @Override
  public TimelineId startTimeline() {
    return first().timeline();
  }

  @Override
  public Lsn stopLsn() {
    return summary.walRanges().get(0).end();
  }

  @Override
  public TimelineId stopTimeline() {
    return summary.walRanges().get(0).timeline();
  }

  @Override
  public Optional<Boolean> checksums() {
    return control.map(ControlFile::dataChecksums);
  }

  @Override
  public Optional<Boolean> walLogHints() {
    return control.map(ControlFile::walLogHints);
  }

  @Override
  public Map<String, String> identities() {
    return Map.of();
  }

  @Override
  public boolean hasVisibilityMaps() {
    return forks.hasVisibilityMaps();
  }

  @Override
  public Forks openForks() {
    return forks;
  }

  @Override
  public ParentBackup.KnownFiles openFiles() {
    return new NoFiles();
  }

  /** A manifest has no SHA-256 unless asked for: every file is taken. */
  private record NoFiles() implements ParentBackup.KnownFiles {
    @Override
    public Optional<KnownFile> find(String path) {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }
}
