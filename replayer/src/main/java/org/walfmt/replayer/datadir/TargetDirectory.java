package org.walfmt.replayer.datadir;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.TablespaceMap;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.manifest.BackupManifestWriter;
import org.walfmt.manifest.FileChecksum;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.LabelNote;
import org.walfmt.series.PathEntry;
import org.walfmt.series.Series;

/**
 * A data directory in the making. Files come through {@link #sink}; {@link #finish} adds labels,
 * recovery settings and manifest, flushes all to disk, and only then gives {@code pg_control} its
 * name: until that moment no server starts here.
 */
public final class TargetDirectory {
  private static final String WAL = "pg_wal/";
  private static final String MANIFEST_WAITING = BackupManifestReader.NAME + ".restoring";

  /**
   * What goes into the directory besides the backup.
   *
   * @param restoreCommand for the server
   * @param flush whether everything is flushed to disk
   * @param time for the manifest
   */
  public record Settings(
      RecoverySettings recovery, String restoreCommand, boolean flush, Instant time) {}

  /**
   * What was written.
   *
   * @param hasConfiguration whether {@code postgresql.conf} is there
   * @param overridden recovery targets that the server's configuration set, to no effect now
   * @param lostUpstream whether {@code postgresql.auto.conf} told where WAL is streamed from
   */
  public record Totals(
      long blocks,
      long files,
      long bytes,
      boolean hasConfiguration,
      Set<RecoveryTarget.Kind> overridden,
      boolean lostUpstream) {}

  private final TargetPlaces places;
  private final Settings settings;
  private final Series backup;

  /** Text of the label, and of the tablespace map, empty if there is to be none. */
  private final LabelNote labels;

  private final TargetLayout layout;
  private final DirectoryMaker maker;
  private final @Nullable FileFlusher flusher;
  private final FileQueue queue;
  private final DirectorySink sink;
  private final FileChannel manifestFile;
  private final BackupManifestWriter manifest;
  private long files;
  private long bytes;

  private TargetDirectory(
      TargetPlaces places,
      Settings settings,
      Series backup,
      LabelNote labels,
      DirectoryMaker maker,
      Monitor monitor)
      throws IOException {
    this.labels = labels;
    this.places = places;
    this.settings = settings;
    this.backup = backup;
    this.maker = maker;
    layout = maker.layout();
    Path root = places.target().path();
    manifestFile =
        FileChannel.open(
            root.resolve(MANIFEST_WAITING),
            Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS));
    maker.ownership().apply(root.resolve(MANIFEST_WAITING), 0600);
    OutputStream out = Channels.newOutputStream(manifestFile);
    PgVersion version = backup.begin().version();
    manifest = new BackupManifestWriter(out, version, backup.begin().systemIdentifier());
    flusher = settings.flush() ? new FileFlusher() : null;
    queue = new FileQueue(maker.ownership(), flusher, this::written, monitor);
    sink = new DirectorySink(layout, maker, queue, version);
  }

  /**
   * Makes the directory itself.
   *
   * @param backup whose labels it gets
   */
  public static TargetDirectory create(
      TargetPlaces places, Settings settings, Series backup, Monitor monitor) throws IOException {
    return create(places, settings, backup, backup.label(), monitor);
  }

  /**
   * The same for a backup in the server's own plain layout, where links alone tell where
   * tablespaces are: a map would lead a server back to the places that they had here.
   */
  public static TargetDirectory createNative(
      TargetPlaces places, Settings settings, Series backup, String backupLabel, Monitor monitor)
      throws IOException {
    return create(places, settings, backup, new LabelNote(backupLabel, ""), monitor);
  }

  private static TargetDirectory create(
      TargetPlaces places, Settings settings, Series backup, LabelNote labels, Monitor monitor)
      throws IOException {
    DirectoryMaker maker = new DirectoryMaker(places, monitor);
    try {
      return new TargetDirectory(places, settings, backup, labels, maker, monitor);
    } catch (IOException | RuntimeException e) {
      maker.remove();
      throw e;
    }
  }

  /** Takes the final state of the chain. */
  public MergeSink sink() {
    return sink;
  }

  /** Takes files, those of relations too, in place of the final state of a chain. */
  public FileSink fileSink() {
    return sink;
  }

  private void written(WrittenFile file) throws IOException {
    if (file.path().startsWith(WAL)) {
      return; // a manifest names WAL by its range alone
    }
    files++;
    bytes += file.length();
    manifest.add(file.path(), file.length(), settings.time(), FileChecksum.ofCrc32c(file.crc()));
  }

  /**
   * Completes the directory, when everything that went into the sink is proven.
   *
   * @param walRanges ordinary WAL that is needed, newest timeline first
   */
  public Totals finish(List<WalRange> walRanges) throws IOException {
    Path waiting = sink.waitingControlFile();
    addMissingDirectories();
    addLabels();
    addRecovery();
    queue.finish();
    manifest.finish(walRanges);
    if (settings.flush()) {
      manifestFile.force(true);
    }
    manifestFile.close();
    Path root = places.target().path();
    maker.ownership().apply(root.resolve(MANIFEST_WAITING), sink.fileMode());
    rename(root.resolve(MANIFEST_WAITING), root.resolve(BackupManifestReader.NAME));
    if (settings.flush()) {
      maker.flush();
    }
    Path control = layout.place(PathEntry.CONTROL_FILE);
    rename(waiting, control);
    if (settings.flush()) {
      DirectoryMaker.flush(Objects.requireNonNull(control.getParent()));
    }
    stopThreads();
    return totals();
  }

  private Totals totals() {
    boolean recovers = settings.recovery().mode() != RecoverySettings.Mode.NONE;
    Set<RecoveryTarget.Kind> overridden = EnumSet.noneOf(RecoveryTarget.Kind.class);
    if (recovers) {
      overridden.addAll(sink.targets());
      settings.recovery().target().ifPresent(target -> overridden.remove(target.kind()));
    }
    return new Totals(
        sink.blocks(),
        files,
        bytes,
        sink.hasServerConfiguration(),
        overridden,
        recovers && RecoveryConfiguration.hasUpstream(sink.configuration()));
  }

  private static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private void addMissingDirectories() throws IOException {
    List<String> wanted = new ArrayList<>(List.of("pg_wal", "pg_wal/archive_status"));
    if (backup.begin().version().isAtLeast(PgVersion.V17)) {
      wanted.add("pg_wal/summaries");
    }
    for (String path : wanted) {
      if (!layout.hasDirectory(path)) {
        maker.directory(path, sink.fileMode() | 0100 | (sink.fileMode() & 0040) >> 2);
      }
    }
  }

  private void addLabels() throws IOException {
    sink.writeFile(BackupLabel.NAME, labels.backupLabel());
    String map = tablespaceMap();
    if (!map.isEmpty()) {
      sink.writeFile(TablespaceMap.NAME, map.getBytes(UTF_8));
    }
  }

  /**
   * The map of the tablespaces that were restored, where they are now. The server's may have others
   * that were dropped during the backup: recovery needs no link to them, and would write through it
   * into whatever uses that directory by then.
   */
  private String tablespaceMap() throws IOException {
    PgVersion version = backup.begin().version();
    String map = labels.tablespaceMap();
    boolean same = true;
    List<TablespaceMap.Tablespace> tablespaces = new ArrayList<>();
    for (TablespaceMap.Tablespace each : TablespaceMap.parse(map, version).tablespaces()) {
      TargetPlaces.Place place = places.tablespaces().get("pg_tblspc/" + each.oid());
      if (place == null) {
        same = false;
      } else {
        String path = place.path().toString();
        same &= path.equals(each.path());
        tablespaces.add(new TablespaceMap.Tablespace(each.oid(), path));
      }
    }
    return same ? map : new TablespaceMap(tablespaces).format(version);
  }

  private void addRecovery() throws IOException {
    byte[] configuration = sink.configuration();
    Optional<String> signal =
        switch (settings.recovery().mode()) {
          case RECOVERY -> Optional.of("recovery.signal");
          case STANDBY -> Optional.of("standby.signal");
          case NONE -> Optional.empty();
        };
    int mode = sink.fileMode();
    if (settings.recovery().primaryConninfo().isPresent()) {
      mode &= 0600; // it may have a password
    }
    if (signal.isPresent()) {
      sink.writeFile(signal.get(), "");
      configuration =
          RecoveryConfiguration.rewrite(
              configuration, settings.recovery(), settings.restoreCommand(), sink.targets());
    }
    sink.writeFile(RecoveryConfiguration.FILE, configuration, mode);
  }

  /**
   * Gives up.
   *
   * @param remove whether all that was made is taken away
   */
  public void abandon(boolean remove) throws IOException {
    try (manifestFile) {
      stopThreads();
    }
    if (remove) {
      maker.remove();
    }
  }

  private void stopThreads() {
    queue.stop();
    if (flusher != null) {
      flusher.stop();
    }
  }
}
