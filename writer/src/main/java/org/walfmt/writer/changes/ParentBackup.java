package org.walfmt.writer.changes;

import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.series.Parent;
import org.walfmt.writer.scan.ForkKey;

/** The backup that an incremental builds on. */
public interface ParentBackup {
  /** How the begin note names it. */
  Parent note();

  /** What messages call it. */
  String description();

  /** System identifier; empty if it does not tell. */
  Optional<Long> systemIdentifier();

  /** The cluster's WAL segment size; empty if it does not tell. */
  Optional<SegmentSize> segmentSize();

  /** Where its WAL range begins: the reference LSN. */
  Lsn startLsn();

  /** Timeline of its start. */
  TimelineId startTimeline();

  /** Where its WAL range ends. */
  Lsn stopLsn();

  /** Timeline of its end. */
  TimelineId stopTimeline();

  /** No later than its start by the server's clock, as exactly as it tells. */
  Instant startTime();

  /** Whether data checksums were on; empty if it does not tell. */
  Optional<Boolean> checksums();

  /** Whether {@code wal_log_hints} was on; empty if it does not tell. */
  Optional<Boolean> walLogHints();

  /**
   * Whether it has visibility maps. Every cluster has some, from initdb on: one without had them
   * left out, since its heap pages may lack the marks that belong to them (rule CHANGE-3).
   */
  boolean hasVisibilityMaps() throws IOException;

  /** A walk over its relation forks, in order. */
  Forks openForks() throws IOException;

  /** A walk over its other files, in order. */
  KnownFiles openFiles() throws IOException;

  /** Identities of its databases' directories, by path; empty if it does not tell. */
  Map<String, String> identities() throws IOException;

  /** Relation forks, asked for in order. */
  interface Forks extends Closeable {
    /** What the parent has if it does not have the fork. */
    long NONE = -1;

    /** Length of the fork in blocks, or {@link #NONE}. */
    long blocks(ForkKey fork) throws IOException;
  }

  /**
   * A file as the parent has it.
   *
   * @param length in bytes
   * @param sha256 of its contents, in hex
   */
  record KnownFile(long length, String sha256) {}

  /** Other files, asked for in order. */
  interface KnownFiles extends Closeable {
    /** The file at {@code path}; empty if the parent has none or does not tell its SHA-256. */
    Optional<KnownFile> find(String path) throws IOException;
  }
}
