package org.walfmt.replayer;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunLock;
import org.walfmt.archive.SegmentUploader;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.imports.ImportParent;
import org.walfmt.replayer.imports.ImportTimes;
import org.walfmt.replayer.imports.ImportedWal;
import org.walfmt.replayer.imports.SeriesOfNative;
import org.walfmt.replayer.imports.UnpackedBackup;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.FailedSeries;
import org.walfmt.series.Parent;
import org.walfmt.series.SeriesCommit;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/**
 * Makes a series of a backup that PostgreSQL itself took: a plain base backup or an incremental
 * one, as {@code pg_basebackup} leaves them. The manifest proves every file on the way; the commit
 * comes last, and what was put into the archive is taken out again if anything fails before.
 */
public final class Importer {
  private final ImportOptions options;
  private final String nonce;
  private final String host;
  private final Clock clock;
  private final Monitor monitor;

  /**
   * An import.
   *
   * @param nonce 128 random bits in hex
   * @param host name of this host, for the claim on a series timeline
   * @param clock tells the new series' timeline
   */
  public Importer(ImportOptions options, String nonce, String host, Clock clock, Monitor monitor) {
    this.options = options;
    this.nonce = nonce;
    this.host = host;
    this.clock = clock;
    this.monitor = monitor;
  }

  /**
   * Imports.
   *
   * @param toolVersion for the begin note
   * @throws RefusedException if the backup is not as its manifest says, or its parent is missing
   * @throws org.walfmt.WalFormatException if it is damaged
   */
  public ImportReport run(String toolVersion) throws IOException {
    long began = System.nanoTime();
    RunLock.removeDeadRuns(options.archive(), host).forEach(monitor::info);
    try (UnpackedBackup unpacked =
        UnpackedBackup.open(options.source(), options.temporary(), monitor)) {
      BaseBackup backup = BaseBackup.openNative(unpacked.directory());
      Optional<BackupLabel.IncrementalFrom> from = backup.label().incrementalFrom();
      if (from.isEmpty() && options.parent().isPresent()) {
        throw new RefusedException(
            Reason.MISMATCH, backup.description() + " is a full backup", "", "It has no parent.");
      }
      try (ImportParent parent =
          from.isEmpty()
              ? ImportParent.none()
              : ImportParent.find(options.archive(), options.parent(), backup, from.get())) {
        return write(backup, parent, toolVersion, began);
      }
    }
  }

  private ImportReport write(BaseBackup backup, ImportParent parent, String toolVersion, long began)
      throws IOException {
    PgVersion version = backup.control().version();
    if (!options.compression().isAvailableIn(version)) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "PostgreSQL " + version + " does not compress page images by " + options.compression());
    }
    BeginNote begin = begin(backup, parent, toolVersion);
    Archive archive = options.archive();
    ImportedWal wal = new ImportedWal(archive, backup, monitor);
    wal.check(options.walCheck());
    String tag = nonce.substring(0, RunLock.TAG_LENGTH);
    TimelineId wanted = TimelineId.ofSeriesAt(clock.instant());
    Optional<String> older =
        begin.parent().isPresent() && begin.parent().get() instanceof Parent.Series series
            ? Optional.of(series.id().text())
            : Optional.empty();
    try (RunLock lock = RunLock.claim(archive, wanted, host, tag, older)) {
      SegmentUploader uploader = new SegmentUploader(archive, lock.timeline(), begin.segmentSize());
      SeriesCommit commit = new SeriesCommit(archive);
      try {
        Lsn first = begin.isFull() ? begin.startLsn() : begin.referenceLsn();
        long firstSegment = begin.segmentSize().segmentNumber(first);
        SeriesWriter out = new SeriesWriter(begin, firstSegment, uploader);
        SeriesOfNative series =
            new SeriesOfNative(
                backup, parent, options.visibilityMaps(), options.compression(), monitor);
        series.write(out);
        SeriesEnd end =
            out.end(
                backup.stopLsn(),
                backup.stopTimeline(),
                ImportTimes.stop(begin.startTime(), backup.control()),
                series.damaged());
        uploader.finish();
        wal.put();
        CommitFile file =
            new CommitFile(
                BackupId.of(new SegmentName(lock.timeline(), firstSegment, begin.segmentSize())),
                begin,
                end.note(),
                new SegmentName(lock.timeline(), end.lastSegment(), begin.segmentSize()),
                end.indexLsn(),
                end.endLsn(),
                List.of());
        commit.publish(file, uploader.names());
        return new ImportReport(
            file.id(),
            begin.parent(),
            begin.version(),
            begin.startLsn(),
            end.note().stopLsn(),
            end.note().blocks(),
            end.note().files(),
            end.note().damagedPages(),
            uploader.names().size(),
            wal.copied(),
            (System.nanoTime() - began) / 1e9);
      } catch (Throwable e) {
        FailedSeries.takeBack(archive, commit, uploader, lock, monitor, e);
        throw e;
      }
    }
  }

  private BeginNote begin(BaseBackup backup, ImportParent parent, String toolVersion)
      throws IOException {
    BackupLabel label = backup.label();
    ControlFile control = backup.control();
    Optional<BackupLabel.IncrementalFrom> from = label.incrementalFrom();
    return new BeginNote(
        nonce,
        control.version(),
        control.segmentSize(),
        control.systemIdentifier(),
        parent.note(),
        from.map(BackupLabel.IncrementalFrom::lsn).orElse(Lsn.INVALID),
        from.map(BackupLabel.IncrementalFrom::timeline).orElse(label.startTimeline()),
        label.startLsn(),
        label.startTimeline(),
        label.checkpointLsn(),
        BeginNote.isLabel(label.label()) ? label.label() : "imported",
        control.version().toString(),
        control.dataChecksums(),
        control.walLogHints(),
        label.isFromStandby(),
        options.compression().name().toLowerCase(Locale.ROOT),
        from.isPresent() ? "summaries" : "all",
        toolVersion,
        ImportTimes.start(label, control));
  }
}
