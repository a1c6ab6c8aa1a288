package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.SummaryFile;
import org.walfmt.summary.SummaryName;
import org.walfmt.writer.kit.TestSeries;

class SummaryChangesTest {
  private static final StreamIdentity IDENTITY =
      new StreamIdentity(PgVersion.V17, TestSeries.SEGMENTS, TestSeries.SYSTEM);

  @TempDir Path directory;

  private void put(int timeline, long start, long end) throws IOException {
    SummaryName name = new SummaryName(new TimelineId(timeline), new Lsn(start), new Lsn(end));
    try (OutputStream out = Files.newOutputStream(directory.resolve(name.toString()))) {
      SummaryFile.write(new BlockChanges(), out);
    }
  }

  private SummaryChanges.Found read(TimelineHistory history, long start, long end)
      throws IOException {
    return SummaryChanges.of(directory, Optional.empty(), history, IDENTITY)
        .read(new Lsn(start), new Lsn(end), true);
  }

  @Test
  void areExactIfTheyAreOfTheRangeAlone() throws Exception {
    TimelineHistory one = TimelineHistory.of(new TimelineId(1));
    put(1, 100, 200);
    put(1, 200, 300);
    assertThat(read(one, 100, 300).isExact()).isTrue();
    assertThat(read(one, 108, 300).isExact()).isFalse();
    assertThat(read(one, 100, 292).isExact()).isFalse();
  }

  /** A summary that goes on behind the switch point tells of what was abandoned there. */
  @Test
  void areNotExactIfTheyGoBeyondTheSwitchPoint() throws Exception {
    TimelineHistory two = TimelineHistory.parse(new TimelineId(2), "1\t0/C8\tpromoted\n");
    put(2, 200, 300);
    put(1, 100, 200);
    assertThat(read(two, 100, 300).isExact()).isTrue();
    put(1, 100, 260);
    assertThat(read(two, 100, 300).isExact()).isFalse();
  }

  /** A standby's backups start at its last restartpoint: two of them maybe at the same. */
  @Test
  void needNotBeThereForAnEmptyRange() throws Exception {
    TimelineHistory one = TimelineHistory.of(new TimelineId(1));
    assertThat(read(one, 100, 100).reached()).isEqualTo(new Lsn(100));
    assertThatThrownBy(() -> read(one, 100, 108))
        .isInstanceOf(RefusedException.class)
        .hasMessage("no WAL summary covers 0/64 to 0/6C");
  }
}
