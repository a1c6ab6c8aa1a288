package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;

class BackupCatalogTest {
  private static final TimelineId OLD = new TimelineId(0x8CF0_1234);
  private static final TimelineId NEW = new TimelineId(0x8CF0_1235);
  private static final String SECOND_SEGMENT = "8CF012340000000000000006";

  @TempDir Path directory;

  private DirectoryArchive archive;
  private BackupCatalog catalog;
  private SyntheticSeries series;

  @BeforeEach
  void create() throws IOException {
    archive = new DirectoryArchive(directory, "test");
    catalog = new BackupCatalog(archive);
    series = SyntheticSeries.write(RawSeries.IDENTITY, 3, 1 << 20, 1);
  }

  private BackupCatalog.Entry only() throws IOException {
    List<BackupCatalog.Entry> entries = catalog.list();
    assertThat(entries).hasSize(1);
    return entries.get(0);
  }

  @Test
  void listsBackupsAndNothingElse() throws IOException {
    Files.writeString(directory.resolve("000000010000000000000005"), "");
    Files.writeString(directory.resolve("000000010000000000000005.00000028.backup"), "");
    Files.writeString(directory.resolve("00000002.history"), "");
    Files.writeString(directory.resolve("8CF012340000000000000005.00000030.backup"), "");
    Files.writeString(directory.resolve("8CF012340000000000000005.00000028.backup.tmp"), "");
    assertThat(catalog.list()).isEmpty();
    BackupId second = series.publish(archive, NEW);
    BackupId first = series.publish(archive, OLD);
    assertThat(catalog.list()).extracting(BackupCatalog.Entry::id).containsExactly(first, second);
    assertThat(catalog.list()).allMatch(BackupCatalog.Entry::isComplete);
  }

  @Test
  void aSeriesWithoutACommitIsNoBackup() throws IOException {
    BackupId id = series.publish(archive, OLD);
    archive.delete(id.commitName());
    assertThat(catalog.list()).isEmpty();
    assertThat(catalog.find(id)).isEmpty();
  }

  @Test
  void aBackupWithoutASegmentIsIncomplete() throws IOException {
    series.publish(archive, OLD);
    archive.delete(SECOND_SEGMENT);
    assertThat(only().isComplete()).isFalse();
    assertThat(only().missingSegment()).contains(SECOND_SEGMENT);
  }

  @Test
  void aCutSegmentIsAMissingOne() throws IOException {
    series.publish(archive, OLD);
    Files.write(directory.resolve(SECOND_SEGMENT), new byte[(1 << 20) - 1]);
    assertThat(only().missingSegment()).contains(SECOND_SEGMENT);
  }

  @Test
  void aDamagedCommitIsListedLast() throws IOException {
    BackupId damaged = series.publish(archive, OLD);
    BackupId sound = series.publish(archive, NEW);
    Files.writeString(directory.resolve(damaged.commitName()), "nonsense");
    List<BackupCatalog.Entry> entries = catalog.list();
    assertThat(entries).extracting(BackupCatalog.Entry::id).containsExactly(sound, damaged);
    assertThat(entries.get(1).isComplete()).isFalse();
    assertThat(entries.get(1).problem().orElseThrow())
        .hasMessage(
            "commit file \"8CF012340000000000000005.00000028.backup\" has a wrong checksum");
  }

  @Test
  void aCommitThatIsTooLongIsNotRead() throws IOException {
    BackupId id = series.publish(archive, OLD);
    Files.write(directory.resolve(id.commitName()), new byte[(64 << 10) + 1]);
    assertThat(only().problem().orElseThrow()).hasMessageContaining("is too long");
  }
}
