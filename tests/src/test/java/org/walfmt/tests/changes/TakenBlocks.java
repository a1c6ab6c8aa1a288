package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.walfmt.PgVersion;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.record.BlockReference;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.RecordKind;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;
import org.walfmt.tests.compare.Difference;
import org.walfmt.tests.compare.Report;

/**
 * The main forks that an incremental has, and the blocks of them that it took: those that its
 * change source named, those at or above the limit, and all of a fork that is whole.
 */
final class TakenBlocks {
  private final PgVersion version;
  private final Map<RelFileLocator, ForkEntry> forks = new HashMap<>();
  private final Map<RelFileLocator, Set<Long>> blocks = new HashMap<>();

  private TakenBlocks(PgVersion version) {
    this.version = version;
  }

  static TakenBlocks of(Path archive, BackupId id, PgVersion version) throws IOException {
    DirectoryArchive directory = new DirectoryArchive(archive, "test");
    Series series = Series.open(directory, new BackupCatalog(directory).find(id).orElseThrow());
    TakenBlocks taken = new TakenBlocks(version);
    taken.readForks(series);
    taken.readBlocks(series);
    return taken;
  }

  private void readForks(Series series) throws IOException {
    try (ForkInventory inventory = new ForkInventory(series)) {
      for (ForkEntry entry = inventory.next(); entry != null; entry = inventory.next()) {
        if (entry.fork() == ForkNumber.MAIN) {
          forks.put(entry.locator(), entry);
        }
      }
    }
  }

  private void readBlocks(Series series) throws IOException {
    try (SeriesCursor cursor = series.openStart()) {
      while (cursor.next()) {
        if (cursor.kind() == RecordKind.BLOCK
            && cursor.block().fork() == ForkNumber.MAIN.number()) {
          BlockReference block = cursor.block();
          RelFileLocator locator =
              new RelFileLocator(
                  Integer.toUnsignedLong(block.tablespace()),
                  Integer.toUnsignedLong(block.database()),
                  Integer.toUnsignedLong(block.relation()));
          blocks
              .computeIfAbsent(locator, relation -> new HashSet<>())
              .add(Integer.toUnsignedLong(block.number()));
        }
      }
    }
  }

  /**
   * Every block of a main fork that is not as the parent has it was taken, and every fork that the
   * parent lacks is whole.
   *
   * @param sinceParent the main forks of the parent, left, compared with what they are now
   */
  void mustCover(Report sinceParent) {
    assertThat(sinceParent.differences()).hasSize((int) sinceParent.differenceCount());
    for (Difference difference : sinceParent.differences()) {
      RelFileLocator locator =
          RelationFile.parse(difference.path(), version).orElseThrow().locator();
      switch (difference.type()) {
        case BLOCK ->
            assertThat(blocks.getOrDefault(locator, Set.of()))
                .as("blocks taken of %s, which has: %s", forks.get(locator), difference)
                .contains(difference.block());
        case MISSING_LEFT ->
            assertThat(forks.get(locator))
                .as(difference.toString())
                .isNotNull()
                .returns(false, ForkEntry::delta);
        case MISSING_RIGHT ->
            assertThat(forks).as(difference.toString()).doesNotContainKey(locator);
        case LENGTH, CONTENT -> {
          // what is longer now was taken from the parent's end on: the restored length tells
        }
      }
    }
  }

  /** How many blocks were left to older backups. */
  long leftOut() {
    return forks.values().stream()
        .mapToLong(entry -> entry.blocks() - blocks.getOrDefault(entry.locator(), Set.of()).size())
        .sum();
  }
}
