package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.walfmt.CorruptWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.segment.MemoryWal;

/** The keys of the index against the records (rule INDEX-3). */
class IndexCheckTest {
  private static final String BLOCK =
      "{\"tablespace\":1663,\"database\":5,\"relation\":7,\"fork\":1,\"block\":9,\"lsn\":\"%s\"}";
  private static final String FILE = "{\"path\":\"a\",\"lsn\":\"%s\"}";

  private final RawSeries series = new RawSeries();
  private final String block;
  private final String file;
  private final String sections;

  IndexCheckTest() throws IOException {
    series.beginNote().block(1663, 5, 7, 1, 9);
    block = series.lastRecord().toString();
    series.block(1663, 5, 7, 1, 10).file("a");
    file = series.lastRecord().toString();
    series.chunk(3).file("b").label();
    sections = series.lastRecord().toString();
    series.index(block, file, sections, sections, sections);
  }

  private void walk(String... notes) throws IOException {
    for (String note : notes) {
      series.note("walfmt.index", note);
    }
    MemoryWal wal = series.endNote().finish();
    SeriesDigest digest = new SeriesDigest();
    try (SeriesCursor cursor =
        new SeriesCursor(wal, RawSeries.IDENTITY, RawSeries.SIZE.start(RawSeries.FIRST))) {
      while (cursor.next()) {
        digest.add(cursor);
      }
    }
  }

  private void rejects(String... notes) {
    assertThatThrownBy(() -> walk(notes))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("keys of the index are not those of the records");
  }

  private String keys(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }

  private String blockKey() {
    return BLOCK.formatted(block);
  }

  private String fileKey() {
    return FILE.formatted(file);
  }

  @Test
  void passesTheFirstBlockAndTheFirstFileOfASegment() {
    assertThatCode(() -> walk(keys(blockKey()), keys(fileKey()))).doesNotThrowAnyException();
  }

  @Test
  void passesKeysWithForeignFields() {
    assertThatCode(() -> walk(keys(blockKey(), fileKey().replace("{", "{\"x-size\":1,"))))
        .doesNotThrowAnyException();
  }

  @Test
  void rejectsAMissingKey() {
    rejects(keys(blockKey()));
  }

  @Test
  void rejectsAnIndexWithoutKeys() {
    rejects();
  }

  @Test
  void rejectsASuperfluousKey() {
    rejects(keys(blockKey(), fileKey(), fileKey()));
  }

  @Test
  void rejectsKeysOutOfOrder() {
    rejects(keys(fileKey(), blockKey()));
  }

  @Test
  void rejectsAKeyOfAnotherBlock() {
    rejects(keys(blockKey().replace("\"block\":9", "\"block\":10"), fileKey()));
  }

  @Test
  void rejectsAKeyOfAnotherPosition() {
    rejects(keys(blockKey(), FILE.formatted(block)));
  }

  @Test
  void rejectsFieldsItDoesNotKnow() {
    assertThatThrownBy(() -> walk(keys(blockKey(), fileKey().replace("{", "{\"size\":1,"))))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessageContaining("unknown field \"size\" in note");
  }
}
