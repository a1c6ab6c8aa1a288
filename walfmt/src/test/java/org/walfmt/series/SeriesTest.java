package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.segment.StreamIdentity;

class SeriesTest {
  @TempDir Path directory;

  private DirectoryArchive archive;
  private SyntheticSeries synthetic;
  private CommitFile.Summary commit;

  @BeforeEach
  void publish() throws IOException {
    archive = new DirectoryArchive(directory, "test");
    synthetic = SyntheticSeries.write(RawSeries.IDENTITY, 3, 1 << 20, 1);
    BackupId id = synthetic.publish(archive, SyntheticSeries.TIMELINE);
    commit = new BackupCatalog(archive).find(id).orElseThrow();
  }

  @Test
  void opensByItsEnds() throws IOException {
    Series series = Series.open(archive, commit);
    assertThat(series.begin()).isEqualTo(RawSeries.begin());
    assertThat(series.end()).isEqualTo(synthetic.end.note());
    assertThat(series.label().tablespaceMap()).isEqualTo("17000 /space\n");
    assertThat(series.id()).isEqualTo(commit.id());
  }

  @Test
  void isWalkedFromEveryPart() throws IOException {
    Series series = Series.open(archive, commit);
    assertStartsWith(series.openStart(), RecordKind.BEGIN);
    assertStartsWith(series.openStart(8192), RecordKind.BEGIN);
    assertStartsWith(series.openAt(Sections::blocks), RecordKind.BLOCK);
    assertStartsWith(series.openAt(Sections::files), RecordKind.FILE);
    assertStartsWith(series.openAt(Sections::forks), RecordKind.FORKS);
    assertStartsWith(series.openAt(Sections::paths, 16384), RecordKind.PATHS);
    assertStartsWith(series.openAt(Sections::label), RecordKind.LABEL);
  }

  private static void assertStartsWith(SeriesCursor opened, RecordKind kind) throws IOException {
    try (SeriesCursor cursor = opened) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.kind()).isEqualTo(kind);
    }
  }

  /** The commit of another series with the same layout, under this one's name. */
  @Test
  void refusesTheCommitOfAnotherSeries() throws IOException {
    SyntheticSeries other = SyntheticSeries.write(RawSeries.IDENTITY, 3, 1 << 20, 2);
    CommitFile.Summary wrong =
        CommitFile.decode(commit.id(), other.commit(SyntheticSeries.TIMELINE).encode());
    assertThat(wrong.endLsn()).isEqualTo(commit.endLsn());
    assertThatThrownBy(() -> Series.open(archive, wrong))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("note and commit file disagree about the digest")
        .hasMessageContaining("in WAL segment 8CF012340000000000000006");
  }

  @ParameterizedTest
  @CsvSource({
    "0/500029, no record begins here",
    "0/500010, no record begins here",
    "0/500028, 'record BEGIN, expected INDEX'",
    "0/700028, series ends without its switch record"
  })
  void refusesACommitThatLeadsElsewhere(String indexLsn, String fact) throws IOException {
    CommitFile right = synthetic.commit(SyntheticSeries.TIMELINE);
    CommitFile wrong =
        new CommitFile(
            right.id(),
            right.begin(),
            right.end(),
            right.lastSegment(),
            Lsn.parse(indexLsn),
            right.endLsn(),
            right.replaces());
    CommitFile.Summary summary = CommitFile.decode(right.id(), wrong.encode());
    assertThatThrownBy(() -> Series.open(archive, summary))
        .isInstanceOf(WalFormatException.class)
        .hasMessageContaining(fact);
  }

  @Test
  void refusesASeriesWithoutItsEnd() throws IOException {
    archive.delete(commit.lastSegment().toString());
    assertThatThrownBy(() -> Series.open(archive, commit))
        .isInstanceOf(TruncatedWalException.class);
  }

  @Test
  void refusesSwappedFiles() throws IOException {
    Path first = directory.resolve(commit.firstSegment().toString());
    Path last = directory.resolve(commit.lastSegment().toString());
    Files.move(first, directory.resolve("swap"));
    Files.move(last, first);
    Files.move(directory.resolve("swap"), last);
    assertThatThrownBy(() -> Series.open(archive, commit))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("unexpected pageaddr");
  }

  @Test
  void refusesSegmentsOfAnotherCluster() throws IOException {
    StreamIdentity other =
        new StreamIdentity(
            RawSeries.VERSION, RawSeries.SIZE, RawSeries.IDENTITY.systemIdentifier() + 1);
    SyntheticSeries foreign = SyntheticSeries.write(other, 3, 1 << 20, 1);
    archive.delete(commit.lastSegment().toString());
    Path source = directory.resolve("source");
    Files.write(source, foreign.wal.bytes(commit.lastSegment().start(), RawSeries.SIZE.bytes()));
    archive.put(commit.lastSegment().toString(), source);
    assertThatThrownBy(() -> Series.open(archive, commit))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("WAL is of system 7711635449941887757, expected 77116354499418877");
  }
}
