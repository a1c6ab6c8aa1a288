package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.TimelineId;
import picocli.CommandLine.TypeConversionException;

class TimelineConverterTest {
  private final TimelineConverter converter = new TimelineConverter();

  @Test
  void readsDecimalAndHexadecimalNumbers() {
    assertThat(converter.convert("10")).isEqualTo(TimelineId.of(10));
    assertThat(converter.convert("0x10")).isEqualTo(TimelineId.of(16));
  }

  @ParameterizedTest
  @ValueSource(strings = {"010", "0", "-1", "", "08", "x", "4294967296"})
  void refusesWhatIsNoneOrCouldBeOctal(String text) {
    assertThatThrownBy(() -> converter.convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("\"" + text + "\" is no timeline");
  }
}
