package org.walfmt.writer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.image.ImageCompression;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPrompt;

/**
 * What a backup is asked for.
 *
 * @param dataDirectory empty to ask the server where it is
 * @param archive where series and WAL go to, or come from
 * @param label what the user calls the backup; no line breaks, at most {@link #MAX_LABEL} bytes
 * @param incremental empty for a full backup; else {@code latest}, a backup's id or its first eight
 *     digits, or the path of an external base backup's {@code backup_manifest}
 * @param changes what tells an incremental which blocks changed
 * @param summaryDirectory where {@code walfmt summarize} keeps its summaries; those of the server
 *     itself are found without
 * @param fastCheckpoint whether the start checkpoint is done at once, not spread over time
 * @param maxBytesPerSecond limit for reading, 0 for none
 * @param jobs threads that check and encode pages
 * @param copyWal whether ordinary WAL is copied into the archive; else it is waited for
 * @param walTimeout how long to wait for ordinary WAL after the backup has stopped
 * @param estimate whether to ask for the cluster's size first, for the monitor
 * @param toolVersion for the begin note
 */
public record BackupOptions(
    ConnectionOptions connection,
    PasswordPrompt passwordPrompt,
    Optional<Path> dataDirectory,
    ArchivePlace archive,
    String label,
    Optional<String> incremental,
    ChangeSource changes,
    Optional<Path> summaryDirectory,
    boolean fastCheckpoint,
    long maxBytesPerSecond,
    int jobs,
    boolean copyWal,
    Duration walTimeout,
    ImageCompression compression,
    boolean estimate,
    String toolVersion) {
  /** Longest label in bytes: {@code MAXPGPATH} in the server. */
  public static final int MAX_LABEL = 1024;
}
