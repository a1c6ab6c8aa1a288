package org.walfmt.cli.print;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintTest {
  private final StringWriter printed = new StringWriter();
  private final PrintWriter out = new PrintWriter(printed, true);

  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "10239, 10239 bytes",
    "10240, 10 kB",
    "16777216, 16 MB",
    "1610612736, 1536 MB",
    "10737418240, 10 GB",
    "9223372036854775807, 8192 PB"
  })
  void sizesAreAsPgSizePrettyHasThem(long bytes, String text) {
    assertThat(Text.size(bytes)).isEqualTo(text);
  }

  @Test
  void aMessageIsOneLineWithoutControlCharacters() {
    new Messages(out).error("two\nlines\tand \u001b[31mred\r");
    assertThat(printed.toString()).isEqualTo("walfmt: error: two lines and ?[31mred\n");
  }

  @Test
  void eachKindOfMessageSaysWhatItIs() {
    Messages messages = new Messages(out);
    messages.warning("w");
    messages.detail("d");
    messages.hint("h");
    messages.info("i");
    assertThat(printed.toString())
        .isEqualTo("walfmt: warning: w\nwalfmt: detail: d\nwalfmt: hint: h\nwalfmt: i\n");
  }

  @Test
  void aTableIsAsWideAsWhatIsInIt() {
    Table table = new Table("A", "LONG", "C");
    table.row("value", "x", "");
    table.print(out);
    assertThat(printed.toString()).isEqualTo("A      LONG  C\nvalue  x\n");
  }

  @Test
  void aTableRefusesRowsOfAnotherWidth() {
    Table table = new Table("A", "B");
    assertThatThrownBy(() -> table.row("only one")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void progressInLinesTellsPhasesAndTheirEnd() {
    try (Progress progress = new ProgressLines(new Messages(out))) {
      progress.phase("waiting", 0);
      progress.phase("reading", 40 << 20);
      progress.advance(20 << 20);
      progress.warning("careful");
      progress.advance(10 << 20);
    }
    assertThat(printed.toString())
        .isEqualTo(
            """
            walfmt: waiting
            walfmt: reading: 40 MB
            walfmt: warning: careful
            walfmt: reading: 30 MB of 40 MB (75%)
            """);
  }

  @Test
  void unwantedProgressLeavesWarningsAlone() {
    try (Progress progress = Progress.of(false, out)) {
      progress.phase("reading", 5);
      progress.advance(5);
      progress.warning("careful");
      progress.info("notable");
    }
    assertThat(printed.toString()).isEqualTo("walfmt: warning: careful\nwalfmt: notable\n");
  }

  @Test
  void aBarIsRedrawnInItsLineAndMessagesGoAboveIt() {
    try (Progress progress = new ProgressOnTerminal(new Messages(out), out)) {
      progress.phase("waiting", 0);
      progress.phase("reading", 10 << 20);
      progress.advance(20 << 20); // the total was an estimate
      progress.warning("careful");
    }
    assertThat(printed.toString())
        .startsWith("\r\u001b[Kwalfmt: waiting\n")
        .contains("\r\u001b[Kwalfmt: warning: careful\n", "\r\u001b[Kreading")
        .contains("20/20 MB")
        .endsWith("\n");
  }
}
