package org.walfmt.replayer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.walfmt.PgVersion;
import org.walfmt.archive.Archive;
import org.walfmt.replayer.datadir.RecoverySettings;

/**
 * What is to be restored, and where to. Immutable; made by {@link #of} and the methods after it.
 */
public final class RestoreOptions {
  /** Stands for the newest backup, by LSN and timeline history. */
  public static final String LATEST = "latest";

  private final Archive archive;
  private final Path target;
  private String backup = LATEST;
  private Optional<Path> base = Optional.empty();
  private Map<Path, Path> tablespaces = Map.of();
  private Optional<Path> walDirectory = Optional.empty();
  private RecoverySettings recovery = RecoverySettings.archive();
  private boolean walCheck = true;
  private boolean sync = true;
  private boolean cleanUp = true;
  private VersionCheck check = version -> {};

  /** Something that must hold for the backup's version before anything is written. */
  public interface VersionCheck {
    /** Throws if it does not hold. */
    void check(PgVersion version) throws IOException;
  }

  private RestoreOptions(Archive archive, Path target) {
    this.archive = archive;
    this.target = target;
  }

  private RestoreOptions(RestoreOptions other) {
    this(other.archive, other.target);
    backup = other.backup;
    base = other.base;
    tablespaces = other.tablespaces;
    walDirectory = other.walDirectory;
    recovery = other.recovery;
    walCheck = other.walCheck;
    sync = other.sync;
    cleanUp = other.cleanUp;
    check = other.check;
  }

  /** The latest backup in {@code archive}, restored to {@code target}, new or empty. */
  public static RestoreOptions of(Archive archive, Path target) {
    return new RestoreOptions(archive, target);
  }

  /** A backup by id, by the first eight digits of its id, or {@link #LATEST}. */
  public RestoreOptions backup(String selector) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.backup = selector;
    return copy;
  }

  /** The external base backup that the chain builds on, a plain data directory never started. */
  public RestoreOptions base(Path directory) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.base = Optional.of(directory);
    return copy;
  }

  /** Puts the tablespace that was at {@code from} into {@code to}; both absolute. */
  public RestoreOptions mapTablespace(Path from, Path to) {
    RestoreOptions copy = new RestoreOptions(this);
    Map<Path, Path> more = new LinkedHashMap<>(tablespaces);
    more.put(from, to);
    copy.tablespaces = Map.copyOf(more);
    return copy;
  }

  /** Makes {@code pg_wal} a symbolic link to this directory, new or empty; absolute. */
  public RestoreOptions walDirectory(Path directory) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.walDirectory = Optional.of(directory);
    return copy;
  }

  /** Signal file and recovery settings. */
  public RestoreOptions recovery(RecoverySettings settings) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.recovery = settings;
    return copy;
  }

  /** Whether the ordinary WAL from start to stop must be in the archive; true by default. */
  public RestoreOptions walCheck(boolean check) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.walCheck = check;
    return copy;
  }

  /** Whether everything is flushed to disk; true by default. */
  public RestoreOptions sync(boolean flush) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.sync = flush;
    return copy;
  }

  /** Whether a failed restore removes what it made; true by default. */
  public RestoreOptions cleanUp(boolean remove) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.cleanUp = remove;
    return copy;
  }

  /** Something that is demanded of the backup's version, before anything is written. */
  public RestoreOptions demand(VersionCheck versionCheck) {
    RestoreOptions copy = new RestoreOptions(this);
    copy.check = versionCheck;
    return copy;
  }

  /** See {@link #demand}. */
  public VersionCheck check() {
    return check;
  }

  /** The archive with the series and the ordinary WAL. */
  public Archive archive() {
    return archive;
  }

  /** The data directory to be. */
  public Path target() {
    return target;
  }

  /** See {@link #backup(String)}. */
  public String backup() {
    return backup;
  }

  /** See {@link #base(Path)}. */
  public Optional<Path> base() {
    return base;
  }

  /** See {@link #mapTablespace}. */
  public Map<Path, Path> tablespaces() {
    return tablespaces;
  }

  /** See {@link #walDirectory(Path)}. */
  public Optional<Path> walDirectory() {
    return walDirectory;
  }

  /** See {@link #recovery(RecoverySettings)}. */
  public RecoverySettings recovery() {
    return recovery;
  }

  /** See {@link #walCheck(boolean)}. */
  public boolean walCheck() {
    return walCheck;
  }

  /** See {@link #sync(boolean)}. */
  public boolean sync() {
    return sync;
  }

  /** See {@link #cleanUp(boolean)}. */
  public boolean cleanUp() {
    return cleanUp;
  }
}
