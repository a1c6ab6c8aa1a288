package org.walfmt.tests.rules;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.ForkNumber;
import org.walfmt.record.BlockReference;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.RecordKind;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;

/** What a backup in an archive has of a relation. */
final class SeriesContents {
  private final Series series;

  private SeriesContents(Series series) {
    this.series = series;
  }

  static SeriesContents of(Path archive, BackupId id) throws IOException {
    DirectoryArchive directory = new DirectoryArchive(archive, "test");
    CommitFile.Summary commit = new BackupCatalog(directory).find(id).orElseThrow();
    return new SeriesContents(Series.open(directory, commit));
  }

  Series series() {
    return series;
  }

  /** The inventory's entry of a fork. */
  Optional<ForkEntry> fork(long tablespace, long relation, ForkNumber fork) throws IOException {
    try (ForkInventory inventory = new ForkInventory(series)) {
      for (ForkEntry entry = inventory.next(); entry != null; entry = inventory.next()) {
        if (entry.locator().tablespace() == tablespace
            && entry.locator().relation() == relation
            && entry.fork() == fork) {
          return Optional.of(entry);
        }
      }
    }
    return Optional.empty();
  }

  /** Numbers of the blocks whose images are in the series. */
  Set<Long> blocks(long relation, ForkNumber fork) throws IOException {
    Set<Long> blocks = new HashSet<>();
    try (SeriesCursor cursor = series.openStart()) {
      while (cursor.next()) {
        if (cursor.kind() == RecordKind.BLOCK) {
          BlockReference block = cursor.block();
          if (Integer.toUnsignedLong(block.relation()) == relation
              && block.fork() == fork.number()) {
            blocks.add(Integer.toUnsignedLong(block.number()));
          }
        }
      }
    }
    return blocks;
  }
}
