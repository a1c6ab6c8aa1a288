package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.segment.MemoryWal;

/** What a walk over a series lets through, and what not. */
class SeriesCursorTest {
  private static final Lsn START = RawSeries.SIZE.start(RawSeries.FIRST);

  private static List<RecordKind> walk(MemoryWal wal) throws IOException {
    return walk(wal, START);
  }

  private static List<RecordKind> walk(MemoryWal wal, Lsn start) throws IOException {
    List<RecordKind> kinds = new ArrayList<>();
    try (SeriesCursor cursor = new SeriesCursor(wal, RawSeries.IDENTITY, start)) {
      while (cursor.next()) {
        kinds.add(cursor.kind());
      }
    }
    return kinds;
  }

  private static void rejects(MemoryWal wal, String fact) {
    assertThatThrownBy(() -> walk(wal))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining(fact)
        .hasMessageContaining(" in WAL segment 0000000100000000000000");
  }

  @Test
  void passesAWholeSeries() throws IOException {
    MemoryWal wal =
        new RawSeries()
            .beginNote()
            .block(1663, 5, 16384, 0, 0)
            .block(1663, 5, 16384, 0, 1)
            .file("a")
            .chunk(1)
            .chunk(2)
            .file("b")
            .file("c")
            .chunk(3)
            .forks()
            .forks()
            .paths()
            .paths()
            .label()
            .index("0/0", "0/0", "0/0", "0/0", "0/0")
            .endNote()
            .finish();
    assertThat(walk(wal))
        .containsExactly(
            RecordKind.BEGIN,
            RecordKind.BLOCK,
            RecordKind.BLOCK,
            RecordKind.FILE,
            RecordKind.CHUNK,
            RecordKind.CHUNK,
            RecordKind.FILE,
            RecordKind.FILE,
            RecordKind.CHUNK,
            RecordKind.FORKS,
            RecordKind.FORKS,
            RecordKind.PATHS,
            RecordKind.PATHS,
            RecordKind.LABEL,
            RecordKind.INDEX,
            RecordKind.END,
            RecordKind.SWITCH);
  }

  @Test
  void beginsAtAnyRecord() throws IOException {
    RawSeries series = new RawSeries().beginNote().label();
    Lsn label = series.lastRecord();
    Lsn end = series.next();
    MemoryWal wal = series.endNote().finish();
    assertThat(walk(wal, label))
        .containsExactly(RecordKind.LABEL, RecordKind.END, RecordKind.SWITCH);
    assertThat(walk(wal, end)).containsExactly(RecordKind.END, RecordKind.SWITCH);
    assertThatThrownBy(() -> walk(wal, end.plus(4))).isInstanceOf(CorruptWalException.class);
  }

  @Test
  void rejectsABlockTwice() throws IOException {
    rejects(
        new RawSeries().beginNote().block(1, 2, 3, 0, 7).block(1, 2, 3, 0, 7).finish(),
        "block occurs twice: 1/2/3 fork 0 block 7");
  }

  @Test
  void rejectsBlocksOutOfOrder() throws IOException {
    String fact = "block out of order: 1/2/3 fork 1 block 7";
    rejects(new RawSeries().beginNote().block(1, 2, 3, 1, 8).block(1, 2, 3, 1, 7).finish(), fact);
    rejects(new RawSeries().beginNote().block(1, 2, 3, 2, 0).block(1, 2, 3, 1, 7).finish(), fact);
    rejects(new RawSeries().beginNote().block(1, 2, 4, 0, 0).block(1, 2, 3, 1, 7).finish(), fact);
    rejects(new RawSeries().beginNote().block(1, 3, 0, 0, 0).block(1, 2, 3, 1, 7).finish(), fact);
    rejects(new RawSeries().beginNote().block(2, 0, 0, 0, 0).block(1, 2, 3, 1, 7).finish(), fact);
  }

  @Test
  void ordersKeysAsUnsignedNumbers() throws IOException {
    MemoryWal wal =
        new RawSeries()
            .beginNote()
            .block(1, 2, 0x7FFF_FFFFL, 0, 0x7FFF_FFFFL)
            .block(1, 2, 0x7FFF_FFFFL, 0, 0xFFFF_FFFEL)
            .block(1, 2, 0x8000_0000L, 0, 0)
            .block(1, 0xFFFF_FFFFL, 1, 0, 0)
            .block(0xFFFF_FFFFL, 0, 1, 3, 0)
            .endNote()
            .finish();
    assertThat(walk(wal)).hasSize(8);
  }

  @Test
  void rejectsPartsOutOfOrder() throws IOException {
    rejects(new RawSeries().beginNote().beginNote().finish(), "record BEGIN after BEGIN");
    rejects(new RawSeries().beginNote().file("a").block(1, 2, 3, 0, 0).finish(), "BLOCK after");
    rejects(new RawSeries().beginNote().chunk(1).finish(), "CHUNK after BEGIN");
    rejects(new RawSeries().beginNote().block(1, 2, 3, 0, 0).chunk(1).finish(), "CHUNK after");
    rejects(new RawSeries().beginNote().forks().file("a").finish(), "FILE after FORKS");
    rejects(new RawSeries().beginNote().forks().chunk(1).finish(), "CHUNK after FORKS");
    rejects(new RawSeries().beginNote().paths().forks().finish(), "FORKS after PATHS");
    rejects(new RawSeries().beginNote().label().paths().finish(), "PATHS after LABEL");
    rejects(new RawSeries().beginNote().label().label().finish(), "LABEL after LABEL");
    rejects(new RawSeries().beginNote().endNote().label().finish(), "LABEL after END");
    rejects(new RawSeries().beginNote().endNote().endNote().finish(), "END after END");
    rejects(new RawSeries().beginNote().endNote().block(1, 2, 3, 0, 0).finish(), "BLOCK after END");
    rejects(new RawSeries().beginNote().label().finish(), "record SWITCH after LABEL");
  }

  @Test
  void rejectsABeginNoteThatIsNotTheFirstRecord() throws IOException {
    RawSeries series = new RawSeries().beginNote().beginNote();
    Lsn second = series.lastRecord();
    MemoryWal wal = series.finish();
    assertThatThrownBy(() -> walk(wal, second))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("record BEGIN after others in a series");
  }

  @Test
  void rejectsNotesItDoesNotKnow() throws IOException {
    MemoryWal wal = new RawSeries().beginNote().note("walfmt.new\u0001", "{}").finish();
    assertThatThrownBy(() -> walk(wal))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessageContaining("unknown note \"walfmt.new?\"");
    MemoryWal foreign = new RawSeries().beginNote().note("pfx", "hello").finish();
    assertThatThrownBy(() -> walk(foreign)).isInstanceOf(UnsupportedWalException.class);
  }

  @Test
  void passesOverNotesOfExtensions() throws IOException {
    MemoryWal wal =
        new RawSeries()
            .beginNote()
            .note("walfmt.x-one", "{}")
            .note("walfmt.x-two", "not even JSON")
            .file("a")
            .note("walfmt.x-one", "{}")
            .chunk(5)
            .endNote()
            .finish();
    assertThat(walk(wal))
        .containsExactly(
            RecordKind.BEGIN, RecordKind.FILE, RecordKind.CHUNK, RecordKind.END, RecordKind.SWITCH);
    rejects(
        new RawSeries().note("walfmt.x-one", "{}").beginNote().finish(),
        "note of an extension before or after a series");
    rejects(
        new RawSeries().beginNote().endNote().note("walfmt.x-one", "{}").finish(),
        "note of an extension before or after a series");
  }

  @Test
  void rejectsOtherRecords() throws IOException {
    rejects(
        new RawSeries().beginNote().bare(0, 0x00).finish(),
        "record of resource manager 0, info 00 in a series");
    rejects(
        new RawSeries().beginNote().bare(10, 0x50).finish(),
        "record of resource manager 10, info 50 in a series");
    rejects(new RawSeries().beginNote().bare(0, 0xB0).finish(), "no block record");
    rejects(new RawSeries().beginNote().bare(0, 0xB1).finish(), "info B1");
    rejects(new RawSeries().beginNote().bare(0, 0x42).cutOff(), "info 42");
  }

  @Test
  void rejectsAMessageWithoutContents() throws IOException {
    rejects(new RawSeries().beginNote().bare(21, 0).finish(), "logical message is no note");
    rejects(
        new RawSeries().beginNote().raw(21, 0, new byte[] {(byte) 255, 1, 0}).finish(),
        "logical message is no note");
  }

  /** A real server's message has its main data behind a short header, and a database. */
  @Test
  void rejectsAMessageThatIsNotWrittenTheOneWay() throws IOException {
    String message =
        "0500000000000000" + "0400000000000000" + "0500000000000000" + "7066780068656c6c6f";
    rejects(
        new RawSeries().beginNote().raw(21, 0, HexFormat.of().parseHex("ff21" + message)).finish(),
        "logical message is no note");
    rejects(
        new RawSeries()
            .beginNote()
            .raw(21, 0, HexFormat.of().parseHex("fe21000000" + message))
            .finish(),
        "logical message is no note");
    rejects(
        new RawSeries()
            .beginNote()
            .raw(
                21,
                0,
                HexFormat.of()
                    .parseHex(
                        "fd0000" // a replication origin
                            + "fe27000000"
                            + "0000000000000000"
                            + "0d00000000000000"
                            + "0200000000000000"
                            + "77616c666d742e6c6162656c00"
                            + "7b7d"))
            .finish(),
        "logical message is no note");
  }

  /** A real image of version 15, with flags that replay would ignore. */
  @Test
  void rejectsBlockRecordsThatAreNotWrittenTheOneWay() throws IOException {
    String flagsAndLength = "0010" + "0000";
    String image = "1800" + "1800" + "03";
    String block = "7f060000" + "15400000" + "3b0a0000" + "00000000";
    String page = "00000000c0f5490136280000180000200020042000000000";
    String whole = flagsAndLength + image + block + page;
    assertThat(walk(withBlock(whole))).contains(RecordKind.BLOCK);
    rejects(withBlock("fd0000" + whole), "no block record");
    rejects(withBlock(flagsAndLength + image + block + "ff00" + page), "no block record");
    rejects(withBlock("01" + whole.substring(2)), "no block record");
    rejects(withBlock("0050" + whole.substring(4)), "no block record");
    rejects(withBlock(flagsAndLength + "1800180001" + block + page), "no block record");
    rejects(withBlock(flagsAndLength + "1800180023" + block + page), "no block record");
    rejects(withBlock("ff01" + "00"), "no block record");
  }

  private static MemoryWal withBlock(String body) throws IOException {
    byte[] bytes = HexFormat.of().parseHex(body);
    return new RawSeries().beginNote().raw(0, 0xB0, bytes).endNote().finish();
  }

  @Test
  void rejectsARecordWithATransaction() throws IOException {
    RawSeries series = new RawSeries().beginNote().label();
    Lsn label = series.lastRecord();
    MemoryWal wal = series.endNote().finish();
    rejects(wal.putInt(label.plus(4), 700).mendCrc(label), "record with a transaction id");
  }

  @Test
  void rejectsARecordWithSomethingInItsPadding() throws IOException {
    RawSeries series = new RawSeries().beginNote().label();
    Lsn label = series.lastRecord();
    MemoryWal wal = series.endNote().finish();
    rejects(wal.putShort(label.plus(18), 7).mendCrc(label), "record header padding is not zero");
  }

  @Test
  void rejectsAnInventoryNoteThatDoesNotSayAtOnceWhatOf() throws IOException {
    String fact = "inventory note begins with neither forks nor paths";
    rejects(series("{ \"forks\":[]}"), fact);
    rejects(series("{\"x-a\":1,\"paths\":[]}"), fact);
    rejects(series("{\"fork\":[]}"), fact);
    rejects(series(""), fact);
  }

  private static MemoryWal series(String inventory) throws IOException {
    return new RawSeries().beginNote().note("walfmt.inventory", inventory).endNote().finish();
  }

  @Test
  void rejectsALongRecord() throws IOException {
    assertThat(SeriesWriter.maxRecord(RawSeries.SIZE)).isEqualTo(262_144);
    int most = 262_144 - 24 - 5 - 24 - "walfmt.chunk".length() - 1;
    assertThat(walk(new RawSeries().beginNote().file("a").chunk(most).endNote().finish()))
        .hasSize(5);
    rejects(
        new RawSeries().beginNote().file("a").chunk(most + 1).endNote().finish(),
        "record of 262145 bytes in a series");
  }

  @Test
  void rejectsAnEmptyChunk() throws IOException {
    rejects(new RawSeries().beginNote().file("a").chunk(0).endNote().finish(), "empty chunk");
  }

  @Test
  void rejectsNoopsWhereTheyAreNotNeeded() throws IOException {
    rejects(new RawSeries().beginNote().bare(0, 0x20).finish(), "superfluous NOOP record");
    rejects(new RawSeries().beginNote().endNote().bare(0, 0x20).finish(), "superfluous NOOP");
    rejects(
        new RawSeries().beginNote().file("a").chunksUntil(16).bare(0, 0x20).finish(),
        "record NOOP after CHUNK");
  }

  @Test
  void rejectsASwitchInTwoSegments() throws IOException {
    RawSeries series = new RawSeries().beginNote().file("a").chunksUntil(16);
    Lsn end = series.bare(0, 0x40).lastRecord();
    assertThat(RawSeries.SIZE.offset(end)).isEqualTo(RawSeries.SIZE.bytes() - 16);
    rejects(series.cutOff(), "switch record in two segments of a series");
  }

  @Test
  void noticesThatTheSwitchIsMissing() throws IOException {
    MemoryWal wal = new RawSeries().beginNote().endNote().cutOff();
    assertThatThrownBy(() -> walk(wal))
        .isInstanceOf(TruncatedWalException.class)
        .hasMessageContaining("series ends without its switch record");
  }

  @Test
  void endsWithTheSwitchWhateverFollows() throws IOException {
    MemoryWal wal = new RawSeries().beginNote().endNote().finish();
    wal.zeroSegment(RawSeries.FIRST + 1).fill(START.plus(1 << 20), 100, 7);
    assertThat(walk(wal)).endsWith(RecordKind.SWITCH);
  }

  @Test
  void rejectsFieldsItDoesNotKnow() throws IOException {
    MemoryWal wal =
        new RawSeries()
            .beginNote()
            .note("walfmt.file", "{\"path\":\"a\",\"x-more\":[{\"b\":[1]}]}")
            .note("walfmt.file", "{\"path\":\"b\",\"more\":1}")
            .note("walfmt.file", "{\"path\":1}")
            .note("walfmt.file", "{}")
            .note("walfmt.file", "{\"path\":\"../b\"}")
            .note("walfmt.file", "{\"path\":\"b\"} ")
            .note("walfmt.file", "{\"path\":\"b\"}{}")
            .note("walfmt.file", "{\"path\":\"b\",\"path\":\"b\"}")
            .note("walfmt.file", "{\"path\":\"b\"")
            .note("walfmt.file", "")
            .finish();
    try (SeriesCursor cursor = new SeriesCursor(wal, RawSeries.IDENTITY, START)) {
      cursor.next();
      cursor.next();
      assertThat(cursor.filePath()).isEqualTo("a");
      cursor.next();
      assertThatThrownBy(cursor::filePath)
          .isInstanceOf(UnsupportedWalException.class)
          .hasMessageContaining("unknown field \"more\" in note");
      cursor.next();
      assertRefused(cursor, "field \"path\" of note is invalid");
      cursor.next();
      assertRefused(cursor, "field \"path\" of note is missing");
      cursor.next();
      assertRefused(cursor, "unsafe path \"../b\" in file note");
      cursor.next();
      assertThat(cursor.filePath()).isEqualTo("b");
      cursor.next();
      assertRefused(cursor, "note is not one JSON object");
      cursor.next();
      assertRefused(cursor, "note is not JSON");
      cursor.next();
      assertRefused(cursor, "note is not JSON");
      cursor.next();
      assertRefused(cursor, "note is not JSON");
    }
  }

  private static void assertRefused(SeriesCursor cursor, String fact) {
    assertThatThrownBy(cursor::filePath)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining(fact);
  }
}
