package org.walfmt.writer.summaries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.UnsupportedWalException;
import org.walfmt.archive.DirectoryLock;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.SummaryName;

class SummaryDirectoryTest {
  private static final StreamIdentity IDENTITY =
      new StreamIdentity(PgVersion.V17, SegmentSize.DEFAULT, -7L);
  private static final String IDENTITY_TEXT =
      "{\"format\":1,\"system_identifier\":\"18446744073709551609\",\"postgres\":17,"
          + "\"segment_size\":16777216}\n";

  @TempDir Path path;
  private SummaryDirectory directory;

  @BeforeEach
  void open() throws IOException {
    directory = new SummaryDirectory(path);
  }

  private static SummaryName name(int timeline, long start, long end) {
    return new SummaryName(new TimelineId(timeline), new Lsn(start), new Lsn(end));
  }

  private static BlockChanges changes(int block) {
    BlockChanges changes = new BlockChanges();
    changes.mark(1663, 5, 16384, 0, block);
    return changes;
  }

  private void claim(StreamIdentity identity) throws IOException {
    directory.claim(identity).close();
  }

  @Test
  void keepsWhatIsPut() throws Exception {
    directory.put(name(1, 40, 100), new Lsn(50), changes(7));
    assertThat(Files.exists(path.resolve("0000000100000000000000280000000000000064.summary")))
        .isTrue();
    BlockChanges found = new BlockChanges();
    directory.read(name(1, 40, 100), found);
    assertThat(found.sorted()).hasToString("[1663/5/16384 fork 0 blocks {7}]");
    assertThat(directory.size(name(1, 40, 100))).contains(60L);
    assertThat(directory.time(name(1, 40, 100))).isPresent();
  }

  @Test
  void listsSummariesInOrderAndNothingElse() throws Exception {
    directory.put(name(2, 40, 100), new Lsn(50), changes(1));
    directory.put(name(1, 90, 100), new Lsn(50), changes(1));
    directory.put(name(1, 40, 100), new Lsn(50), changes(1));
    Files.writeString(path.resolve("temp.summary"), "");
    Files.writeString(path.resolve("000000010000000000000003"), "");
    assertThat(directory.list())
        .containsExactly(name(1, 40, 100), name(1, 90, 100), name(2, 40, 100));
  }

  @Test
  void replacesShorterOnesOfTheSameStart() throws Exception {
    directory.put(name(1, 40, 100), new Lsn(50), changes(1));
    directory.put(name(1, 30, 100), new Lsn(50), changes(1));
    directory.put(name(2, 40, 100), new Lsn(50), changes(1));
    directory.put(name(1, 40, 200), new Lsn(50), changes(1));
    assertThat(directory.list())
        .containsExactly(name(1, 30, 100), name(1, 40, 200), name(2, 40, 100));
    assertThatThrownBy(() -> directory.read(name(1, 40, 100), new BlockChanges()))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(directory.size(name(1, 40, 100))).isEmpty();
    assertThat(directory.time(name(1, 40, 100))).isEmpty();
  }

  @Test
  void tellsTheLastRecordOfEachTimelinesFurthestSummary() throws Exception {
    TimelineHistory history = TimelineHistory.parse(new TimelineId(2), "1\t0/64\tbecause\n");
    directory.put(name(1, 40, 70), new Lsn(60), changes(1));
    directory.put(name(1, 40, 100), new Lsn(90), changes(1));
    directory.put(name(2, 100, 200), new Lsn(170), changes(1));
    assertThat(directory.lastRecord(history, new Lsn(100))).contains(new Lsn(90));
    assertThat(directory.lastRecord(history, new Lsn(200))).contains(new Lsn(170));
    assertThat(directory.lastRecord(history, new Lsn(70))).isEmpty();
    assertThat(directory.lastRecord(TimelineHistory.of(new TimelineId(1)), new Lsn(200))).isEmpty();
    assertThat(path.resolve("000000010000000000000064000000000000005A.last")).exists();
  }

  @Test
  void tellsOfWhichWalItIs() throws Exception {
    assertThat(directory.identity()).isEmpty();
    claim(IDENTITY);
    assertThat(path.resolve("walfmt-summaries.json")).hasContent(IDENTITY_TEXT);
    assertThat(directory.identity()).contains(IDENTITY);
    directory.requireOf(IDENTITY);
    claim(IDENTITY);
  }

  @Test
  void refusesSummariesOfOtherWal() throws Exception {
    claim(IDENTITY);
    for (StreamIdentity other :
        List.of(
            new StreamIdentity(PgVersion.V17, SegmentSize.DEFAULT, 7),
            new StreamIdentity(PgVersion.V18, SegmentSize.DEFAULT, -7),
            new StreamIdentity(PgVersion.V17, new SegmentSize(1 << 20), -7))) {
      assertThatThrownBy(() -> claim(other))
          .isInstanceOf(RefusedException.class)
          .hasMessage("directory \"" + path + "\" has summaries of other WAL");
    }
  }

  @Test
  void refusesSummariesOfUnknownWal() throws Exception {
    directory.put(name(1, 40, 100), new Lsn(50), changes(1));
    assertThatThrownBy(() -> claim(IDENTITY))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("does not tell of which WAL");
  }

  @Test
  void refusesAnIdentityThatItCannotRead() throws Exception {
    Path file = path.resolve("walfmt-summaries.json");
    for (String text :
        List.of(
            "",
            "{}",
            "[]",
            IDENTITY_TEXT.substring(0, 40),
            IDENTITY_TEXT + "x",
            IDENTITY_TEXT.replace("17", "7"),
            IDENTITY_TEXT.replace("16777216", "16777215"),
            IDENTITY_TEXT.replace("\"184", "\"-184"),
            IDENTITY_TEXT.replace("\"postgres\":17,", ""),
            IDENTITY_TEXT.replace("\"format\":1,", ""),
            IDENTITY_TEXT.replace("17,", "17,\"postgres\":17,"))) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> directory.identity())
          .as(text)
          .isInstanceOf(CorruptWalException.class);
    }
    for (String text :
        List.of(
            IDENTITY_TEXT.replace(":1,", ":2,"), IDENTITY_TEXT.replace("17,", "17,\"new\":{},"))) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> directory.identity())
          .as(text)
          .isInstanceOf(UnsupportedWalException.class);
    }
    Files.writeString(file, IDENTITY_TEXT.replace("17,", "17,\"x-new\":{\"a\":[1]},"));
    assertThat(directory.identity()).contains(IDENTITY);
  }

  @Test
  void isWrittenByOneAtATime() throws Exception {
    try (DirectoryLock claimed = directory.claim(IDENTITY)) {
      assertThat(claimed).isNotNull();
      assertThatThrownBy(() -> claim(IDENTITY))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("another walfmt writes summaries");
    }
    claim(IDENTITY);
  }

  @Test
  void removesWhatAKilledRunLeft() throws Exception {
    Path left = path.resolve("." + name(1, 40, 100) + ".summary-1.tmp");
    Path foreign = path.resolve(".other.tmp");
    Files.writeString(left, "half");
    Files.writeString(foreign, "half");
    claim(IDENTITY);
    assertThat(left).doesNotExist();
    assertThat(foreign).exists();
  }
}
