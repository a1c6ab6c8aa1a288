package org.walfmt.writer.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;
import org.walfmt.series.Series;
import org.walfmt.writer.kit.TestSeries;

class EntrySpoolTest {
  private static final String SHA256 = "ab".repeat(32);

  @TempDir Path directory;

  private static ForkEntry fork(
      long relation, ForkNumber fork, long blocks, int files, int mode, OptionalLong limit) {
    return new ForkEntry(
        new RelFileLocator(1663, 5, relation), fork, blocks, files, mode, limit.isPresent(), limit);
  }

  @Test
  void givesEveryFieldBack() throws IOException {
    List<ForkEntry> forks =
        List.of(
            fork(7, ForkNumber.MAIN, 0xFFFF_FFFFL, 32768, 0777, OptionalLong.of(0xFFFF_FFFFL)),
            fork(7, ForkNumber.VM, 0, 1, 0, OptionalLong.empty()),
            fork(0xFFFF_FFFFL, ForkNumber.INIT, 1, 1, 0600, OptionalLong.of(0)));
    List<PathEntry> paths = new ArrayList<>();
    paths.add(new PathEntry.Directory(".", 0700));
    paths.add(new PathEntry.RegularFile("a \"ü\"\n", 0777, 1L << 40, SHA256, true));
    paths.add(new PathEntry.Directory("base", 0));
    paths.add(new PathEntry.Directory("base/5", 0750, Optional.of("4 2026-11-24T07:00:00Z")));
    paths.add(new PathEntry.Tablespace("pg_tblspc/16400", 0700, "/a b/\u00e9"));
    paths.add(new PathEntry.RegularFile("x".repeat(4000), 0600, 0, SHA256, false));
    TestSeries made = TestSeries.full(directory, 1, "0/3000028");
    made.writer().startFile("global/pg_control");
    try (EntrySpool spool = new EntrySpool()) {
      for (ForkEntry entry : forks) {
        spool.add(entry);
      }
      for (PathEntry entry : paths) {
        spool.add(entry);
      }
      spool.writeTo(made.writer());
    }
    Series series = made.finish("0/4000000");
    assertThat(TestSeries.forks(series)).isEqualTo(forks);
    assertThat(TestSeries.paths(series)).isEqualTo(paths);
  }

  @Test
  void leavesNoTemporaryFileEvenIfItIsKilled() throws IOException {
    long before = temporaryFiles();
    try (EntrySpool spool = new EntrySpool()) {
      spool.add(new PathEntry.Directory(".", 0700));
      assertThat(temporaryFiles()).isLessThanOrEqualTo(before);
    }
  }

  private static long temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("walfmt-inventory-"))
          .count();
    }
  }
}
