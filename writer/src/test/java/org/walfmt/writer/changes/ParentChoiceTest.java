package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.Series;
import org.walfmt.writer.kit.TestSeries;

class ParentChoiceTest {
  private static final TimelineHistory FIRST = TimelineHistory.of(TimelineId.of(1));

  @TempDir Path directory;
  private DirectoryArchive archive;

  @BeforeEach
  void openArchive() throws IOException {
    archive = new DirectoryArchive(directory, "test");
  }

  private Series full(int number, String start, String stop) throws IOException {
    return finish(TestSeries.full(directory, number, start), stop);
  }

  private Series incremental(int number, String start, String stop, Series parent)
      throws IOException {
    return finish(TestSeries.incremental(directory, number, start, parent), stop);
  }

  private static Series finish(TestSeries series, String stop) throws IOException {
    series.writer().startFile("global/pg_control");
    return series.finish(stop);
  }

  private final List<String> warnings = new ArrayList<>();

  private String find(String wanted, TimelineHistory history) throws IOException {
    return ParentChoice.find(archive, wanted, TestSeries.SYSTEM, history, warnings::add)
        .series()
        .id()
        .text();
  }

  private String latest() throws IOException {
    return find("latest", FIRST);
  }

  private RefusedException refused(String wanted) {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> find(wanted, FIRST));
    assertThat(e).isNotNull();
    return e;
  }

  @Test
  void latestGoesByLsnNotByName() throws IOException {
    Series last = full(1, "0/9000028", "0/9100000");
    full(2, "0/7000028", "0/7100000");
    assertThat(latest()).isEqualTo(last.id().text());
  }

  @Test
  void ofBackupsThatStartTogetherLatestIsTheOneThatStopsLast() throws IOException {
    Series longer = full(1, "0/7000028", "0/7200000");
    full(2, "0/7000028", "0/7100000");
    assertThat(latest()).isEqualTo(longer.id().text());
  }

  @Test
  void latestPassesOverAbandonedTimelines() throws Exception {
    Series early = full(1, "0/3000028", "0/4000000");
    full(2, "0/5000028", "0/6000000");
    TimelineHistory second = TimelineHistory.parse(TimelineId.of(2), "1\t0/5800000\tx\n");
    assertThat(find("latest", second)).isEqualTo(early.id().text());
    assertThat(latest()).isNotEqualTo(early.id().text());
  }

  @Test
  void latestPassesOverOtherClusters() throws IOException {
    full(1, "0/3000028", "0/4000000");
    assertThatThrownBy(() -> ParentChoice.find(archive, "latest", 1, FIRST, warnings::add))
        .isInstanceOf(RefusedException.class)
        .hasMessage("there is no backup of this server in archive \"" + directory + "\"");
  }

  @Test
  void latestPassesOverWhatIsIncomplete() throws IOException {
    Series sound = full(1, "0/3000028", "0/4000000");
    Series cut = full(2, "0/5000028", "0/6000000");
    Files.delete(directory.resolve(cut.commit().lastSegment().toString()));
    Series damaged = full(3, "0/7000028", "0/8000000");
    Files.writeString(directory.resolve(damaged.id().commitName()), "nothing");
    assertThat(latest()).isEqualTo(sound.id().text());
  }

  @Test
  void latestPassesOverAChainWithAGap() throws IOException {
    Series sound = full(1, "0/3000028", "0/4000000");
    Series lost = full(2, "0/5000028", "0/6000000");
    Series child = incremental(3, "0/7000028", "0/8000000", lost);
    incremental(4, "0/9000028", "0/A000000", child);
    Files.delete(directory.resolve(lost.id().commitName()));
    assertThat(latest()).isEqualTo(sound.id().text());
  }

  @Test
  void findsByIdAndByItsFirstDigits() throws IOException {
    Series sound = full(1, "0/3000028", "0/4000000");
    full(2, "0/5000028", "0/6000000");
    assertThat(find(sound.id().text(), FIRST)).isEqualTo(sound.id().text());
    assertThat(find(sound.id().text().substring(0, 8), FIRST)).isEqualTo(sound.id().text());
  }

  @Test
  void refusesAnIdThatIsNotThere() throws IOException {
    full(1, "0/3000028", "0/4000000");
    RefusedException e = refused("8CF0FFFF");
    assertThat(e.reason()).isEqualTo(Reason.INCOMPLETE);
    assertThat(e).hasMessage("there is no backup \"8CF0FFFF\" in archive \"" + directory + "\"");
    assertThat(refused("nonsense")).hasMessageContaining("there is no backup \"nonsense\"");
  }

  @Test
  void refusesABackupWithAMissingSegment() throws IOException {
    Series cut = full(1, "0/3000028", "0/4000000");
    String segment = cut.commit().lastSegment().toString();
    Files.delete(directory.resolve(segment));
    RefusedException e = refused(cut.id().text());
    assertThat(e).hasMessage("backup " + cut.id() + " is incomplete");
    assertThat(e.detail()).contains("segment " + segment + " is missing");
  }

  @Test
  void refusesABackupWhoseChainHasAGap() throws IOException {
    Series lost = full(1, "0/3000028", "0/4000000");
    Series child = incremental(2, "0/5000028", "0/6000000", lost);
    Series grandchild = incremental(3, "0/7000028", "0/8000000", child);
    Files.delete(directory.resolve(lost.commit().lastSegment().toString()));
    RefusedException e = refused(grandchild.id().text());
    assertThat(e).hasMessage("backup " + grandchild.id() + " cannot be restored");
    assertThat(e.detail())
        .contains("backup " + lost.id() + ", which it builds on, is incomplete or damaged");
    Files.delete(directory.resolve(lost.id().commitName()));
    assertThat(refused(grandchild.id().text()).detail())
        .contains("backup " + lost.id() + ", which it builds on, is missing");
  }

  @Test
  void saysWhatIsWrongWithADamagedCommit() throws IOException {
    Series damaged = full(1, "0/3000028", "0/4000000");
    Files.writeString(directory.resolve(damaged.id().commitName()), "nothing");
    assertThatThrownBy(() -> find(damaged.id().text(), FIRST))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("wrong checksum");
  }
}
