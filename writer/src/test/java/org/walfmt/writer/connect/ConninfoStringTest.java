package org.walfmt.writer.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ConninfoStringTest {

  @Test
  void readsPairsWithBlanksBetween() throws Exception {
    assertThat(ConninfoString.parse("host=localhost port=5433\tuser=alice\n dbname=a"))
        .isEqualTo(
            Map.of(
                Keyword.HOST, "localhost",
                Keyword.PORT, "5433",
                Keyword.USER, "alice",
                Keyword.DBNAME, "a"));
  }

  @Test
  void blanksMayStandAroundTheEqualsSign() throws Exception {
    assertThat(ConninfoString.parse("  host =  h   port= 1 "))
        .isEqualTo(Map.of(Keyword.HOST, "h", Keyword.PORT, "1"));
  }

  @Test
  void aBackslashTakesTheNextCharacterAsItIs() throws Exception {
    assertThat(ConninfoString.parse("password='it\\'s \\\\ a' user=a\\ b\\'c dbname=x\\y"))
        .isEqualTo(
            Map.of(
                Keyword.PASSWORD, "it's \\ a",
                Keyword.USER, "a b'c",
                Keyword.DBNAME, "xy"));
  }

  @Test
  void aBackslashAtTheEndIsDropped() throws Exception {
    assertThat(ConninfoString.parse("user=a\\")).isEqualTo(Map.of(Keyword.USER, "a"));
  }

  @Test
  void quotesMakeAnEmptyValue() throws Exception {
    assertThat(ConninfoString.parse("host='' user=x"))
        .isEqualTo(Map.of(Keyword.HOST, "", Keyword.USER, "x"));
  }

  @Test
  void anEmptyValueAtTheEndNeedsNoQuotes() throws Exception {
    assertThat(ConninfoString.parse("user=x host=")).containsEntry(Keyword.HOST, "");
  }

  @Test
  void anEmptyValueWithoutQuotesTakesTheNextWord() throws Exception {
    assertThat(ConninfoString.parse("host= user"))
        .as("as in libpq, blanks after the equals sign are passed over")
        .isEqualTo(Map.of(Keyword.HOST, "user"));
  }

  @Test
  void aQuoteInTheMiddleIsAnOrdinaryCharacter() throws Exception {
    assertThat(ConninfoString.parse("user=a'b'")).containsEntry(Keyword.USER, "a'b'");
  }

  @Test
  void aValueEndsAtItsQuoteEvenWithoutABlank() throws Exception {
    assertThat(ConninfoString.parse("user='a'port=1"))
        .isEqualTo(Map.of(Keyword.USER, "a", Keyword.PORT, "1"));
  }

  @Test
  void theLastOfTwoValuesHolds() throws Exception {
    assertThat(ConninfoString.parse("user=a user=b")).containsEntry(Keyword.USER, "b");
  }

  @Test
  void refusesWhatLibpqRefusesInItsWords() {
    assertRefused("postgre://", "missing \"=\" after \"postgre://\" in connection info string");
    assertRefused("user", "missing \"=\" after \"user\" in connection info string");
    assertRefused("user = x y", "missing \"=\" after \"y\" in connection info string");
    assertRefused("user='it''s'", "missing \"=\" after \"'s'\" in connection info string");
    assertRefused("user='x", "unterminated quoted string in connection info string");
    assertRefused("user='x\\'", "unterminated quoted string in connection info string");
    assertRefused("uzer=x", "invalid connection option \"uzer\"");
    assertRefused("USER=x", "invalid connection option \"USER\"");
  }

  @Test
  void neverShowsAPassword() {
    assertRefused(
        "password=hush hush", "missing \"=\" after \"********\" in connection info string");
    assertRefused(
        "postgre://u:hush@host", "missing \"=\" after \"postgre://\" in connection info string");
  }

  private static void assertRefused(String text, String message) {
    assertThatThrownBy(() -> ConninfoString.parse(text))
        .isInstanceOf(ConnectionFailedException.class)
        .hasMessage(message);
  }
}
