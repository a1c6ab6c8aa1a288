package org.walfmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {
  @ParameterizedTest
  @CsvSource({
    "0/0, 0",
    "0/1, 1",
    "0/16B3748, 23803720",
    "0/FFFFFFFF, 4294967295",
    "1/0, 4294967296",
    "16/B374D848, 97500059720",
    "7FFFFFFF/FFFFFFFF, 9223372036854775807",
    "80000000/0, -9223372036854775808",
    "FFFFFFFF/FFFFFFFF, -1"
  })
  void hasPostgresTextForm(String text, long value) {
    assertThat(new Lsn(value)).hasToString(text);
    assertThat(Lsn.parse(text)).isEqualTo(new Lsn(value));
  }

  @ParameterizedTest
  @CsvSource({"0/00000000, 0/0", "00000001/00000002, 1/2", "a/bc, A/BC"})
  void readsLeadingZerosAndLowerCase(String text, String canonical) {
    assertThat(Lsn.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "0",
        "0/",
        "/0",
        "0//0",
        "0/0/0",
        " 0/0",
        "0/0 ",
        "0/G",
        "-1/0",
        "+1/0",
        "0x1/0",
        "000000000/0",
        "0/100000000",
        "0/\u0663",
        "0/\uFF21",
        "0/0\n"
      })
  void readsNothingElse(String text) {
    assertThatThrownBy(() -> Lsn.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("invalid LSN \"" + text + "\"");
  }

  @Test
  void isUnsigned() {
    Lsn low = Lsn.parse("7FFFFFFF/FFFFFFFF");
    Lsn high = Lsn.parse("80000000/0");
    assertThat(low.plus(1)).isEqualTo(high);
    assertThat(low).isLessThan(high);
    assertThat(low.isBefore(high)).isTrue();
    assertThat(high.isAfter(low)).isTrue();
    assertThat(high.isBefore(high)).isFalse();
    assertThat(high.isAfter(high)).isFalse();
  }

  @Test
  void onlyZeroIsInvalid() {
    assertThat(Lsn.INVALID.isValid()).isFalse();
    assertThat(new Lsn(0)).isEqualTo(Lsn.INVALID);
    assertThat(new Lsn(-1).isValid()).isTrue();
  }

  @Test
  void readsBackEveryValueOfSeed1() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      Lsn lsn = new Lsn(random.nextLong() >>> random.nextInt(64));
      assertThat(Lsn.parse(lsn.toString())).isEqualTo(lsn);
    }
  }
}
