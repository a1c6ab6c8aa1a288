package org.walfmt.replayer.inplace;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.archive.Archive;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.control.TablespaceMap;
import org.walfmt.replayer.datadir.RecoveryConfiguration;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.BackupId;
import org.walfmt.series.Series;

/**
 * A data directory that is being brought forward. In this order, so that no server ever starts on a
 * mixture and a run that was killed can be repeated: the state file; {@code pg_control} set aside;
 * what the backup does not have removed; the merge, through {@link #sink}; labels; all of it
 * flushed; and only then the backup's {@code pg_control}.
 */
public final class InPlaceDirectory {
  /**
   * What is done, and with what.
   *
   * @param members what is applied, newest first
   * @param base the external base backup under the chain
   * @param configuration how the server recovers, if its configuration is to be the backup's
   * @param restoreCommand for that
   * @param dryRun whether nothing is done but counted
   */
  public record Task(
      List<Series> members,
      Archive archive,
      Optional<Path> base,
      Optional<RecoverySettings> configuration,
      String restoreCommand,
      boolean dryRun) {
    /** What the directory becomes. */
    public Series newest() {
      return members.get(0);
    }

    /**
     * Whether visibility maps come from the members. Not if heap pages stay that may once have lost
     * a PD_ALL_VISIBLE, which an incremental by page scan without checksums does not see: with a
     * map from elsewhere over it, index-only scans would find deleted rows (rule CHANGE-3).
     */
    public boolean hasVisibilityMaps() {
      return newest().begin().checksums() || members.get(members.size() - 1).begin().isFull();
    }
  }

  private final Places places;
  private final TargetPosition position;
  private final Task task;
  private final Edits edits;
  private final Monitor monitor;
  private final Tally tally = new Tally();
  private final InPlaceSink sink;

  /** Nothing is changed yet. */
  public InPlaceDirectory(
      Places places, TargetPosition position, Task task, Edits edits, Monitor monitor) {
    this.places = places;
    this.position = position;
    this.task = task;
    this.edits = edits;
    this.monitor = monitor;
    ChainFetch fetch =
        new ChainFetch(
            task.archive(),
            task.newest().id(),
            task.base(),
            places,
            task.dryRun(),
            edits,
            tally,
            monitor);
    this.sink =
        new InPlaceSink(
            places, edits, tally, fetch, position.resumed(), task.hasVisibilityMaps(), monitor);
  }

  /** What was done so far. */
  public Tally tally() {
    return tally;
  }

  /** Takes what the members have. */
  public MergeSink sink() {
    return sink;
  }

  /**
   * Sets {@code pg_control} aside and removes what the backup does not have.
   *
   * @throws RefusedException if a server was started meanwhile; then nothing is changed
   */
  public void begin() throws IOException {
    Series newest = task.newest();
    TargetPosition after = position.reaching(newest.end().stopLsn(), newest.end().stopTimeline());
    if (!task.dryRun()) {
      List<BackupId> ids = task.members().stream().map(Series::id).toList();
      StateFile.write(places.target(), after, ids, edits);
      setControlAside();
    }
    Removal removal = new Removal(edits, tally);
    Set<String> swept = new RelationSweep(places, removal, task.hasVisibilityMaps()).run(newest);
    new PathSweep(places, removal, swept).run(newest);
  }

  private Path path(String path) {
    return places.target().resolve(path);
  }

  private void setControlAside() throws IOException {
    Path control = path(ControlFile.PATH);
    Path aside = path(TargetNames.CONTROL_ASIDE);
    if (exists(ControlFile.PATH)) {
      edits.move(control, aside);
      try {
        Running.refuse(places.target());
      } catch (RefusedException e) {
        edits.move(aside, control);
        throw e;
      }
    }
    edits.flush(path("global"));
  }

  private boolean exists(String path) {
    return Files.exists(path(path), LinkOption.NOFOLLOW_LINKS);
  }

  /** Completes the directory, when everything that went into the sink is proven. */
  public void finish() throws IOException {
    Series newest = task.newest();
    for (String path : serverDirectories(newest.begin().version())) {
      Path place = places.layout().placeOfDirectory(path);
      if (!Files.isDirectory(place)) {
        edits.makeDirectory(place, 0700);
      }
    }
    new WalSweep(places.layout(), new Removal(edits, tally)).run(newest);
    write(BackupLabel.NAME, newest.label().backupLabel().getBytes(UTF_8));
    writeMap(newest);
    writeConfiguration();
    edits.await();
    flushDirectories();
    if (task.dryRun()) {
      return;
    }
    edits.move(path(TargetNames.CONTROL_WAITING), path(ControlFile.PATH));
    edits.flush(path("global"));
    removeLeftovers(places.target(), edits);
  }

  /** Removes what tells of a run, when it is complete; what a run that was killed then left. */
  public static void removeLeftovers(Path target, Edits edits) throws IOException {
    for (String path : List.of(TargetNames.CONTROL_ASIDE, StateFile.NAME)) {
      Path file = target.resolve(path);
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        edits.delete(file);
        edits.flush(Objects.requireNonNull(file.getParent()));
      }
    }
  }

  /** Whether a run that was killed at the very end left something. */
  public static boolean hasLeftovers(Path target) {
    return Files.exists(target.resolve(TargetNames.CONTROL_ASIDE), LinkOption.NOFOLLOW_LINKS)
        || Files.exists(target.resolve(StateFile.NAME), LinkOption.NOFOLLOW_LINKS);
  }

  private static List<String> serverDirectories(PgVersion version) {
    List<String> wanted = new ArrayList<>(List.of("pg_wal", "pg_wal/archive_status"));
    if (version.isAtLeast(PgVersion.V17)) {
      wanted.add("pg_wal/summaries");
    }
    return wanted;
  }

  private void write(String path, byte[] contents) throws IOException {
    tally.nextFile();
    try (Edits.FileEdit file = edits.open(path(path), 0600)) {
      file.write(0, ByteBuffer.wrap(contents));
      file.cut(contents.length);
    }
    tally.countBytes(contents.length);
  }

  /** The links as they are here; the server makes them anew from the map. */
  private void writeMap(Series newest) throws IOException {
    PgVersion version = newest.begin().version();
    List<TablespaceMap.Tablespace> tablespaces = new ArrayList<>();
    String text = newest.label().tablespaceMap();
    for (TablespaceMap.Tablespace each : TablespaceMap.parse(text, version).tablespaces()) {
      Path place = places.tablespaces().get("pg_tblspc/" + each.oid());
      if (place != null && Files.isSymbolicLink(path("pg_tblspc/" + each.oid()))) {
        tablespaces.add(new TablespaceMap.Tablespace(each.oid(), place.toString()));
      }
    }
    if (!tablespaces.isEmpty()) {
      write(TablespaceMap.NAME, new TablespaceMap(tablespaces).format(version).getBytes(UTF_8));
    } else if (exists(TablespaceMap.NAME)) {
      edits.delete(path(TablespaceMap.NAME));
    }
  }

  private void writeConfiguration() throws IOException {
    if (task.configuration().isPresent()) {
      write(
          RecoveryConfiguration.FILE,
          RecoveryConfiguration.rewrite(
              sink.configuration(), task.configuration().get(), task.restoreCommand(), Set.of()));
      if (task.configuration().get().mode() == RecoverySettings.Mode.RECOVERY) {
        write(Signals.RECOVERY, new byte[0]);
      }
    }
  }

  private void flushDirectories() throws IOException {
    for (String directory : places.layout().directories()) {
      edits.flush(places.layout().placeOfDirectory(directory));
    }
  }

  /** Lets go of what is open, after a failure. */
  public void abandon() throws IOException {
    sink.close();
  }

  /** Says what the server will miss, if nothing else is done. */
  public void warn() throws IOException {
    if (!task.hasVisibilityMaps()) {
      monitor.warning(
          "visibility maps are left out, since data checksums are off: VACUUM makes them anew");
    }
    boolean recovers = exists(Signals.STANDBY) || exists(Signals.RECOVERY);
    if (!recovers && task.configuration().isEmpty()) {
      monitor.warning(
          "\""
              + places.target()
              + "\" has neither standby.signal nor recovery.signal: the server would replay only"
              + " what is in its pg_wal");
    } else if (task.configuration().isEmpty()
        && exists("postgresql.conf")
        && !hasRestoreCommand()) {
      monitor.warning(
          "no restore_command is in postgresql.conf or postgresql.auto.conf: the server needs the"
              + " WAL from "
              + task.newest().begin().startLsn()
              + " on, which perhaps only the archive has");
    }
    List<Path> slots = Removal.contents(path("pg_replslot"));
    if (!slots.isEmpty()) {
      monitor.warning(
          "replication slots are kept, and keep WAL that is not there any more: "
              + String.join(
                  ", ",
                  slots.stream()
                      .map(each -> Objects.requireNonNull(each.getFileName()).toString())
                      .sorted()
                      .toList()));
    }
  }

  private boolean hasRestoreCommand() throws IOException {
    for (String name : List.of("postgresql.conf", RecoveryConfiguration.FILE)) {
      if (Files.isRegularFile(path(name), LinkOption.NOFOLLOW_LINKS)
          && RecoveryConfiguration.hasRestoreCommand(Files.readAllBytes(path(name)))) {
        return true;
      }
    }
    return false;
  }
}
