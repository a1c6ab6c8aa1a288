package org.walfmt.control;

import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalFormatException;

/**
 * The file {@code backup_label}, which tells recovery where to begin.
 *
 * <pre>
 *   START WAL LOCATION: 0/5000028 (file 000000010000000000000005)
 *   CHECKPOINT LOCATION: 0/5000060
 *   BACKUP METHOD: streamed
 *   BACKUP FROM: primary
 *   START TIME: 2026-11-24 07:27:44 UTC
 *   LABEL: my label
 *   START TIMELINE: 1
 *   INCREMENTAL FROM LSN: 0/2000028     (17+, in a native incremental backup only)
 *   INCREMENTAL FROM TLI: 1             (as above)
 * </pre>
 *
 * <p>Exact: {@link #toString} gives back the very text that {@link #parse} took. Source: {@code
 * access/transam/xlogbackup.c}, {@code read_backup_label} in {@code access/transam/xlogrecovery.c}.
 *
 * @param startLsn from where on ordinary WAL is needed
 * @param startFile name of the segment that holds it
 * @param checkpointLsn where the start checkpoint's record begins
 * @param method {@code streamed}; {@code pg_start_backup} and {@code pg_rewind} occur
 * @param from {@code primary} or {@code standby}; 13 writes {@code master}
 * @param startTime by the server's clock and in its time zone
 * @param label what the user called the backup
 * @param startTimeline timeline of the start LSN
 * @param incrementalFrom on what a native incremental backup builds; empty in any other
 */
public record BackupLabel(
    Lsn startLsn,
    String startFile,
    Lsn checkpointLsn,
    String method,
    String from,
    String startTime,
    String label,
    TimelineId startTimeline,
    Optional<IncrementalFrom> incrementalFrom) {
  /** Name of the file, in the data directory. */
  public static final String NAME = "backup_label";

  private static final String START_WAL_LOCATION = "START WAL LOCATION: ";
  private static final String CHECKPOINT_LOCATION = "CHECKPOINT LOCATION: ";
  private static final String BACKUP_METHOD = "BACKUP METHOD: ";
  private static final String BACKUP_FROM = "BACKUP FROM: ";
  private static final String START_TIME = "START TIME: ";
  private static final String LABEL = "LABEL: ";
  private static final String START_TIMELINE = "START TIMELINE: ";
  private static final String INCREMENTAL_FROM_LSN = "INCREMENTAL FROM LSN: ";
  private static final String INCREMENTAL_FROM_TLI = "INCREMENTAL FROM TLI: ";

  /** Start LSN and timeline of the backup that a native incremental backup builds on. */
  public record IncrementalFrom(Lsn lsn, TimelineId timeline) {}

  /** Returns whether the backup was taken on a standby: then pg_control says where it ends. */
  public boolean isFromStandby() {
    return from.equals("standby");
  }

  /** The label of the same backup as one that builds on another. */
  public BackupLabel on(IncrementalFrom older) {
    return with(Optional.of(older));
  }

  /** The label of the same backup without what it builds on. */
  public BackupLabel withoutIncremental() {
    return with(Optional.empty());
  }

  private BackupLabel with(Optional<IncrementalFrom> older) {
    return new BackupLabel(
        startLsn, startFile, checkpointLsn, method, from, startTime, label, startTimeline, older);
  }

  /** Reads the whole text of a file. */
  public static BackupLabel parse(String text) throws WalFormatException {
    Lines lines = new Lines(NAME, text);
    String start = lines.value(START_WAL_LOCATION, "[0-9A-F]+/[0-9A-F]+ \\(file [0-9A-F]{24}\\)");
    int file = start.indexOf(" (file ");
    String startFile = start.substring(file + " (file ".length(), start.length() - 1);
    BackupLabel label =
        new BackupLabel(
            lines.lsn(START_WAL_LOCATION, start.substring(0, file)),
            startFile,
            lines.lsn(CHECKPOINT_LOCATION),
            lines.value(BACKUP_METHOD, "streamed|pg_start_backup|pg_rewind"),
            lines.value(BACKUP_FROM, "primary|standby|master"),
            lines.value(START_TIME, "(?s).+"),
            lines.value(LABEL, "(?s).*"),
            lines.timeline(START_TIMELINE),
            incrementalFrom(lines));
    lines.end();
    if (!startFile.startsWith(label.startTimeline.toHex())) {
      throw new CorruptWalException(
          NAME + " has start timeline " + label.startTimeline + " but start file " + startFile);
    }
    return label;
  }

  private static Optional<IncrementalFrom> incrementalFrom(Lines lines)
      throws CorruptWalException, TruncatedWalException {
    if (!lines.hasNext()) {
      return Optional.empty();
    }
    return Optional.of(
        new IncrementalFrom(lines.lsn(INCREMENTAL_FROM_LSN), lines.timeline(INCREMENTAL_FROM_TLI)));
  }

  /** Returns the whole text of the file. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(text, START_WAL_LOCATION, startLsn + " (file " + startFile + ")");
    line(text, CHECKPOINT_LOCATION, checkpointLsn);
    line(text, BACKUP_METHOD, method);
    line(text, BACKUP_FROM, from);
    line(text, START_TIME, startTime);
    line(text, LABEL, label);
    line(text, START_TIMELINE, startTimeline);
    incrementalFrom.ifPresent(
        older -> {
          line(text, INCREMENTAL_FROM_LSN, older.lsn);
          line(text, INCREMENTAL_FROM_TLI, older.timeline);
        });
    return text.toString();
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append(name).append(value).append('\n');
  }
}
