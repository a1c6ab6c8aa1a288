package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.walfmt.TruncatedWalException;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.BackupReport;

/** A server that crashes in CREATE DATABASE leaves a directory that no database has. */
class OrphanDirectoryTest {
  @Test
  void aDamagedRelationMapIsTakenThereAndRefusedInADatabase() throws Exception {
    try (Cluster source = Cluster.of(PgInstall.machine15()).archiving().start();
        Scratch scratch = Scratch.create()) {
      source.run("CREATE DATABASE real");
      Path orphan = Files.createDirectory(source.data().resolve("base/4294967000"));
      Files.writeString(orphan.resolve("PG_VERSION"), "15\n");
      Files.createFile(orphan.resolve("pg_filenode.map"));
      Backups backups = new Backups(source, source.archive());
      BackupReport full = backups.full();
      assertThat(backups.warnings())
          .containsExactly(
              "base/4294967000/pg_filenode.map has 0 bytes instead of 512: taken as it is, since the"
                  + " server has no such database");
      Path target = scratch.resolve("data");
      Restores.restore(source.archive(), full.id(), target, options -> options);
      assertThat(target.resolve("base/4294967000/pg_filenode.map")).isEmptyFile();
      Restores.mustReplayToTheSource(source, target, Options.masksAndTolerances());

      String oid = source.query("SELECT oid FROM pg_database WHERE datname = 'real'");
      Path map = source.data().resolve("base").resolve(oid).resolve("pg_filenode.map");
      byte[] sound = Files.readAllBytes(map);
      Files.write(map, new byte[0]);
      assertThatThrownBy(backups::full)
          .isInstanceOf(TruncatedWalException.class)
          .hasMessageContaining("base/" + oid + "/pg_filenode.map has 0 bytes instead of 512");
      Files.write(map, sound);
    }
  }
}
