package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.WalPosition;

/** Fields of notes, from whoever wrote them (rules NOTE-2 to NOTE-4). */
class NoteFieldsTest {
  private static final WalPosition WHERE = new WalPosition("S", Lsn.parse("0/1"), 1);

  private static JsonFields parse(String text) throws CorruptWalException {
    return parse(text, StandardCharsets.UTF_8);
  }

  private static JsonFields parse(String text, Charset charset) throws CorruptWalException {
    return JsonFields.parse(text.getBytes(charset), WHERE);
  }

  private static void rejectsField(String value, Access access) {
    assertThatThrownBy(() -> access.of(parse("{\"f\":" + value + "}")))
        .as(value)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("field \"f\" of note is invalid in WAL segment S");
  }

  private interface Access {
    Object of(JsonFields fields) throws CorruptWalException;
  }

  @Test
  void passesOverForeignFieldsWhateverTheyHold() throws Exception {
    JsonFields fields =
        parse(
            "{\"x-a\":null,\"x-b\":1.5e3,\"x-c\":99999999999999999999,\"x-d\":[{\"e\":[]}],\"f\":7}");
    assertThat(fields.number("f", 7)).isEqualTo(7);
    fields.done();
  }

  @Test
  void rejectsEncodingsOtherThanUtf8() {
    String text = "{\"f\":1}";
    for (Charset charset : new Charset[] {StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE}) {
      assertThatThrownBy(() -> parse(text, charset)).isInstanceOf(CorruptWalException.class);
    }
    assertThatThrownBy(() -> parse("\uFEFF" + text)).isInstanceOf(CorruptWalException.class);
    byte[] overlong = HexFormat.of().parseHex("7b2266223a22c0ae227d");
    assertThatThrownBy(() -> JsonFields.parse(overlong, WHERE))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("note is not JSON");
  }

  @Test
  void rejectsNumbersThatAreNone() {
    for (String value :
        new String[] {"-1", "8", "1.0", "1e0", "\"1\"", "null", "9223372036854775808"}) {
      rejectsField(value, fields -> fields.number("f", 7));
    }
  }

  @Test
  void readsSystemIdentifiersWithOneSpellingOnly() throws Exception {
    assertThat(parse("{\"f\":\"18446744073709551615\"}").uint64("f")).isEqualTo(-1L);
    assertThat(parse("{\"f\":\"0\"}").uint64("f")).isZero();
    for (String value :
        new String[] {"\"+5\"", "\"05\"", "\"\"", "\"18446744073709551616\"", "5"}) {
      rejectsField(value, fields -> fields.uint64("f"));
    }
  }

  @Test
  void rejectsTimelinesThatNoServerHas() throws Exception {
    assertThat(parse("{\"f\":2147483647}").timeline("f")).isEqualTo(new TimelineId(0x7FFFFFFF));
    for (String value : new String[] {"0", "2147483648", "4294967296"}) {
      rejectsField(value, fields -> fields.timeline("f"));
    }
  }

  @Test
  void rejectsALimitWithoutDelta() throws Exception {
    String fork =
        "{\"tablespace\":1663,\"database\":5,\"relation\":7,\"fork\":0,\"blocks\":9,\"files\":1,"
            + "\"mode\":\"0600\"";
    assertThat(ForkEntry.decode(parse(fork + ",\"delta\":true,\"limit\":3}")).olderBlocksEnd())
        .isEqualTo(3);
    assertThatThrownBy(() -> ForkEntry.decode(parse(fork + ",\"limit\":3}")))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("field \"limit\" of note is invalid");
  }

  @Test
  void rejectsBeginNotesThatContradictThemselves() {
    String good = new String(RawSeries.begin().encode(), StandardCharsets.UTF_8);
    rejectsBegin(good, "\"label\":\"test\"", "\"label\":\"a\\nb\"", "label");
    rejectsBegin(good, "\"reference_tli\":1", "\"reference_tli\":2", "reference_tli");
    rejectsBegin(good, "\"reference_lsn\":\"0/0\"", "\"reference_lsn\":\"0/1\"", "reference_lsn");
    rejectsBegin(good, "\"catalog_version\":2", "\"catalog_version\":3", "catalog_version");
    rejectsBegin(good, "\"block_size\":8192", "\"block_size\":32768", "block_size");
    rejectsBegin(good, "\"kind\":\"full\"", "\"kind\":\"partial\"", "kind");
  }

  private static void rejectsBegin(String good, String field, String instead, String name) {
    assertThat(good).contains(field);
    byte[] bad = good.replace(field, instead).getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> BeginNote.decode(bad, WHERE))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("field \"" + name + "\" of note is invalid");
  }
}
