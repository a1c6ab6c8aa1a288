package org.walfmt.writer.server;

import java.util.List;
import java.util.Optional;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;

/**
 * Settings and state of the server, as asked for when the backup begins.
 *
 * @param serverVersion as {@code server_version} gives it, without a vendor's suffix
 * @param dataDirectory empty if the role may not see it
 * @param startSeconds when the postmaster started, Unix time
 * @param configFiles those that lie outside the data directory, as far as the role may see them
 * @param archives whether {@code archive_command} or {@code archive_library} is set
 */
public record ServerFacts(
    PgVersion version,
    String serverVersion,
    long systemIdentifier,
    Optional<String> dataDirectory,
    List<String> configFiles,
    int port,
    long startSeconds,
    boolean inRecovery,
    String walLevel,
    boolean fullPageWrites,
    SegmentSize segmentSize,
    boolean checksums,
    boolean walLogHints,
    String archiveMode,
    boolean archives,
    boolean mayStartBackup,
    boolean mayStopBackup) {}
