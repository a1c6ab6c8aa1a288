package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.segment.MemoryWal;

/** What only a walk over a whole series can tell. */
class SeriesDigestTest {
  private static final String LABEL = "0/500250";

  private static void rejects(MemoryWal wal, String fact) {
    assertThatThrownBy(() -> SyntheticSeries.verify(wal, RawSeries.IDENTITY))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining(fact);
  }

  private static RawSeries labelled() throws IOException {
    return new RawSeries().beginNote().label();
  }

  private static RawSeries indexed() throws IOException {
    return labelled().index(LABEL, LABEL, LABEL, LABEL, LABEL);
  }

  @Test
  void passesASeriesWithNothingInIt() throws IOException {
    SyntheticSeries.verify(indexed().endNote().finish(), RawSeries.IDENTITY);
  }

  @Test
  void countsNotesOfExtensions() throws IOException {
    SyntheticSeries.verify(
        indexed().note("walfmt.x-a", "").note("walfmt.x-b", "1").endNote().finish(),
        RawSeries.IDENTITY);
    EndNote without = indexed().end();
    rejects(
        indexed().note("walfmt.x-a", "").note("walfmt.end", without.encode()).finish(),
        "end note has number of records 3, found 4");
  }

  @Test
  void rejectsASeriesWithoutAPart() throws IOException {
    rejects(new RawSeries().label().endNote().finish(), "series begins with a record LABEL");
    rejects(
        new RawSeries().beginNote().index(LABEL, LABEL, LABEL, LABEL, LABEL).endNote().finish(),
        "series has no label note");
    rejects(labelled().endNote().finish(), "series has no index note");
  }

  @Test
  void rejectsAnIndexThatLeadsElsewhere() throws IOException {
    RawSeries series =
        new RawSeries().beginNote().block(1, 2, 3, 0, 0).file("a").chunk(1).forks().paths().label();
    rejects(
        series.index(LABEL, LABEL, LABEL, LABEL, LABEL).endNote().finish(),
        "index note has Sections[blocks=0/500250, files=0/500250,");
  }

  @Test
  void rejectsAnEndNoteThatCountsOtherwise() throws IOException {
    EndNote right = indexed().end();
    rejectsEnd(
        new EndNote(
            "ff".repeat(16),
            right.stopLsn(),
            right.stopTimeline(),
            right.stopTime(),
            0,
            0,
            0,
            0,
            3,
            0,
            right.digest()),
        "end note has nonce ffffffffffffffffffffffffffffffff, found 00112233445566778899aa");
    rejectsEnd(with(right, 1, 0, 0, 0, 3), "end note has number of blocks 1, found 0");
    rejectsEnd(with(right, 0, 1, 0, 0, 3), "end note has bytes of images 1, found 0");
    rejectsEnd(with(right, 0, 0, 1, 0, 3), "end note has number of files 1, found 0");
    rejectsEnd(with(right, 0, 0, 0, 1, 3), "end note has bytes of files 1, found 0");
    rejectsEnd(with(right, 0, 0, 0, 0, 2), "end note has number of records 2, found 3");
  }

  private static EndNote with(
      EndNote note, long blocks, long imageBytes, long files, long fileBytes, long records) {
    return new EndNote(
        note.nonce(),
        note.stopLsn(),
        note.stopTimeline(),
        note.stopTime(),
        blocks,
        imageBytes,
        files,
        fileBytes,
        records,
        0,
        note.digest());
  }

  private static void rejectsEnd(EndNote end, String fact) throws IOException {
    rejects(indexed().note("walfmt.end", end.encode()).finish(), fact);
  }

  @Test
  void rejectsAChangedRecordWhoseChecksumIsRight() throws IOException {
    MemoryWal wal = indexed().endNote().finish();
    Lsn text = Lsn.parse(LABEL).plus(24 + 5 + 24 + 13 + 17);
    wal.put(text, 'm').mendCrc(Lsn.parse(LABEL));
    rejects(wal, "end note has digest ");
  }

  @Test
  void rejectsPagesOfAnotherTimeline() throws IOException {
    MemoryWal wal = indexed().endNote().finish();
    wal.putInt(RawSeries.SIZE.start(RawSeries.FIRST).plus(4), new TimelineId(2).bits());
    rejects(wal, "pages of timeline 2 hold a series of timeline 1");
  }
}
