package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageChecksum;
import org.walfmt.block.PageHeader;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.BackupReport;

/** Rule 6: pages that a disk damaged are found, named as pg_checksums names them, and taken. */
class DamagedPagesTest {
  private static final int FLIPPED = 7;
  private static final int AHEAD = 11;
  private static final int NEW = 13;

  @Test
  void damagedPagesAreReportedAndTakenAndTheBackupSaysSo() throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.machine15()).archiving().setting("autovacuum", "off").start();
        Scratch scratch = Scratch.create()) {
      source.run(
          "CREATE TABLE t AS SELECT g AS a, repeat('x', 200) AS t FROM generate_series(1, 2000) g",
          "VACUUM (FREEZE) t",
          "CHECKPOINT");
      String path = source.query("SELECT pg_relation_filepath('t')");
      long relation = source.sql().number("SELECT pg_relation_filenode('t')");
      Backups backups = new Backups(source, source.archive());
      BackupId full = backups.full().id();
      assertThat(verdict(source, full)).isZero();
      source.stop(Cluster.Stop.FAST);
      damage(source.data().resolve(path));
      Outcome judged =
          PgTools.get()
              .command("pg_checksums", List.of("--check", "-D", source.data().toString()))
              .run();
      source.start();

      BackupReport report = backups.incremental("latest");
      assertThat(report.totals().damagedPages()).isEqualTo(3);
      assertThat(verdict(source, report.id())).isEqualTo(3);
      Matcher theirs =
          Pattern.compile("block (\\d+): calculated checksum (\\w+) but block contains (\\w+)")
              .matcher(judged.err());
      assertThat(theirs.find()).as(judged.toString()).isTrue();
      assertThat(backups.warnings())
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .startsWith(
                          "damaged page: file \"%s\", block %d: calculated checksum %04X but found %04X"
                              .formatted(
                                  path,
                                  Integer.parseInt(theirs.group(1)),
                                  Integer.parseInt(theirs.group(2), 16),
                                  Integer.parseInt(theirs.group(3), 16))),
              line ->
                  assertThat(line)
                      .isEqualTo(
                          "damaged page: file \"%s\", block %d: page LSN FFFF/0 is after the server's position"
                              .formatted(path, AHEAD)),
              line ->
                  assertThat(line)
                      .isEqualTo(
                          "damaged page: file \"%s\", block %d: pd_upper is 0, but the page is not all zeros"
                              .formatted(path, NEW)));
      assertThat(SeriesContents.of(source.archive(), report.id()).blocks(relation, ForkNumber.MAIN))
          .containsExactlyInAnyOrder((long) FLIPPED, (long) AHEAD, (long) NEW);
      mustBeRestoredAsTheyAre(source, report.id(), scratch.resolve("data"), path);
    }
  }

  private static long verdict(Cluster source, BackupId id) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(source.archive(), "test");
    return new BackupCatalog(archive).find(id).orElseThrow().damagedPages();
  }

  private static void damage(Path file) throws IOException {
    ByteBuffer flipped = read(file, FLIPPED);
    write(file, FLIPPED, flipped.put(5000, (byte) (flipped.get(5000) ^ 4)));
    ByteBuffer ahead = read(file, AHEAD).putInt(0, 0xFFFF).putInt(4, 0);
    write(file, AHEAD, ahead.putShort(8, (short) new PageChecksum().compute(ahead, 0, AHEAD)));
    ByteBuffer garbage = ByteBuffer.allocate(PageHeader.PAGE_SIZE).putInt(8000, 42);
    write(file, NEW, garbage);
  }

  private static ByteBuffer read(Path file, int block) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PageHeader.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(page, (long) block * PageHeader.PAGE_SIZE);
    }
    return page.clear();
  }

  private static void write(Path file, int block, ByteBuffer page) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(page.duplicate().clear(), (long) block * PageHeader.PAGE_SIZE);
    }
  }

  private static void mustBeRestoredAsTheyAre(Cluster source, BackupId id, Path target, String path)
      throws IOException {
    Restores.restore(source.archive(), id, target);
    for (int block = 0; block < 20; block++) {
      assertThat(read(target.resolve(path), block))
          .as("block " + block)
          .isEqualTo(read(source.data().resolve(path), block));
    }
  }
}
