package org.walfmt.tests.rules;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.tests.nativebackup.NativeBackups;
import org.walfmt.tests.nativebackup.NativeCombine;
import org.walfmt.writer.changes.ChangeSource;

/**
 * A server of 17 or later and chains of its backups, all taken at the same moments: native ones,
 * and walfmt's by page scan and by WAL scan. Each chain's newest is restored, and a server runs on
 * it.
 */
final class NativeChains implements AutoCloseable {
  private static final String NATIVE = "native";

  private final Scratch scratch = Scratch.create();
  private final Cluster source;
  private final Backups backups;
  private final List<Path> natives = new ArrayList<>();
  private final Map<ChangeSource, BackupId> newest = new EnumMap<>(ChangeSource.class);
  private final Map<String, Cluster> restored = new LinkedHashMap<>();

  /** Starts a server without checksums, which summarizes its WAL. */
  NativeChains(PgInstall install) {
    source =
        Cluster.of(install)
            .checksums(false)
            .archiving()
            .setting("autovacuum", "off")
            .setting("summarize_wal", "on")
            .start();
    backups = new Backups(source, source.archive());
  }

  /** The server that is backed up. */
  Cluster source() {
    return source;
  }

  /** Takes the full backups that the chains begin with. */
  NativeChains begin() throws IOException {
    natives.add(NativeBackups.full(source, scratch.resolve("native0")));
    BackupId full = backups.full().id();
    newest.put(ChangeSource.SCAN, full);
    newest.put(ChangeSource.WAL, full);
    return this;
  }

  /** Changes the server's data and adds an incremental to each chain. */
  NativeChains change(String... statements) throws IOException {
    source.run(statements);
    Path parent = natives.get(natives.size() - 1);
    Path directory = scratch.resolve("native" + natives.size());
    natives.add(NativeBackups.incremental(source, NativeBackups.manifest(parent), directory));
    for (Map.Entry<ChangeSource, BackupId> chain : newest.entrySet()) {
      backups.changesBy(chain.getKey());
      chain.setValue(backups.incremental(chain.getValue().text()).id());
    }
    return this;
  }

  /** Restores each chain's newest backup and starts a server on it that prefers indexes. */
  NativeChains restore() throws IOException {
    start(NATIVE, NativeCombine.combine(natives, scratch.resolve("combined")));
    for (Map.Entry<ChangeSource, BackupId> chain : newest.entrySet()) {
      String name = chain.getKey().toString();
      start(name, Restores.restore(source.archive(), chain.getValue(), scratch.resolve(name)));
    }
    return this;
  }

  private void start(String name, Path data) {
    Cluster cluster = Restores.startAndOpen(source.install(), data);
    restored.put(name, cluster);
    cluster.run(
        "ALTER DATABASE postgres SET enable_seqscan = off",
        "ALTER DATABASE postgres SET enable_bitmapscan = off");
  }

  /**
   * What the restored servers answer: that of the native backups by the name {@code native}, those
   * of walfmt by their sources of changes.
   */
  Map<String, String> answers(String query) {
    Map<String, String> answers = new LinkedHashMap<>();
    restored.forEach((name, cluster) -> answers.put(name, cluster.query(query)));
    return answers;
  }

  /** How each restored server would answer. */
  List<String> plans(String query) {
    return restored.values().stream()
        .map(cluster -> cluster.sql().rows("EXPLAIN (COSTS OFF) " + query).toString())
        .toList();
  }

  @Override
  public void close() {
    restored.values().forEach(Cluster::close);
    source.close();
    scratch.close();
  }

  @Override
  public String toString() {
    return source.install().toString();
  }
}
