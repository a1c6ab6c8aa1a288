package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.PgVersion;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.ClusterDiff;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.RelationKinds;
import org.walfmt.tests.compare.Report;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.changes.ChangeSource;

/**
 * Rules 1, 4 and 8 by both sources of changes, where {@link PageScanRulesTest} is about 15: the WAL
 * of 13 and 14 has other numbers for what happens to databases, and VACUUM's records differ too.
 */
class MovedFilesTest {
  static Stream<PgInstall> servers() {
    Stream<Integer> majors = Strict.full() ? Stream.of(13, 14, 16, 17, 18) : Stream.of(13, 18);
    return majors.map(PgInstall::embedded);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void theRestoredFilesAreTheSourcesByteForByte(PgInstall install) throws Exception {
    try (Cluster source = Cluster.of(install).archiving().setting("autovacuum", "off").start();
        Scratch scratch = Scratch.create()) {
      Path space = source.newDirectory("space");
      MovedLoad.prepare(source, space);
      Backups backups = new Backups(source, source.archive());
      String full = backups.full().id().text();
      MovedLoad.change(source);
      String byScan = backups.incremental(full).id().text();
      String byWal = backups.changesBy(ChangeSource.WAL).incremental(full).id().text();
      MovedLoad.changeAgain(source);
      RelationKinds kinds = RelationKinds.read(source::connect);
      List<BackupId> newest =
          List.of(
              backups.incremental(byWal).id(),
              backups.changesBy(ChangeSource.SCAN).incremental(byScan).id());

      for (BackupId id : newest) {
        Path home = scratch.serverDirectory(id.text());
        Path target = home.resolve("data");
        Restores.restore(
            source.archive(),
            id,
            target,
            options -> options.mapTablespace(space, home.resolve("space")));
        PgVersion version = PgVersion.ofMajor(install.major()).orElseThrow();
        Report report = ClusterDiff.compare(source.data(), target, version, kinds, Options.exact());
        assertThat(report.isEqual()).as(report.toString()).isTrue();
        assertThat(report.blocks()).isGreaterThan(5000);
      }
    }
  }
}
