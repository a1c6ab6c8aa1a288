package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.archive.CommandTemplate.Kind;

class CommandTemplateTest {
  private static String expand(Kind kind, String text) {
    return new CommandTemplate(kind, text).expand("000000010000000000000005", Path.of("/s/1"));
  }

  @Test
  void putsInWhatTheServerPutsIn() {
    assertThat(expand(Kind.ARCHIVE, "cp %p /a/%f"))
        .isEqualTo("cp /s/1 /a/000000010000000000000005");
    assertThat(expand(Kind.ARCHIVE, "p --stanza=main archive-push %p"))
        .isEqualTo("p --stanza=main archive-push /s/1");
    assertThat(expand(Kind.RESTORE, "get %f \"%p\" %r"))
        .isEqualTo("get 000000010000000000000005 \"/s/1\" 000000000000000000000000");
    assertThat(expand(Kind.DELETE, "rm -f /a/%f")).isEqualTo("rm -f /a/000000010000000000000005");
    assertThat(expand(Kind.LIST, "ls /a")).isEqualTo("ls /a");
  }

  @Test
  void twoPercentSignsAreOne() {
    assertThat(expand(Kind.ARCHIVE, "a %%f %p %%%f%%"))
        .isEqualTo("a %f /s/1 %000000010000000000000005%");
  }

  @ParameterizedTest
  @CsvSource({
    "ARCHIVE, cp %p /a/%r, has an unknown placeholder %r",
    "ARCHIVE, cp /a/%f, has no %p",
    "ARCHIVE, cp %%p /a/%f, has no %p",
    "ARCHIVE, cp %p %, ends with a single %",
    "RESTORE, cp /a/%f x, has no %p",
    "RESTORE, cp /a/x %p, has no %f",
    "DELETE, rm /a/*, has no %f",
    "DELETE, rm %p/%f, has an unknown placeholder %p",
    "LIST, ls %f, has an unknown placeholder %f",
    "LIST, ' ', list command is empty",
  })
  void refusesWhatItCannotExpand(Kind kind, String text, String message) {
    assertThatThrownBy(() -> new CommandTemplate(kind, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void theProgramIsItsFirstWord() {
    assertThat(new CommandTemplate(Kind.LIST, " x ls --key=secret").program()).isEqualTo("x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KEY=secret x ls",
        " A=1 KEY='secret of mine' x",
        "KEY=\"a \\\"secret\\\" b\"'c d' B= x ls",
        "KEY=my\\ secret x",
      })
  void passwordsInVariablesBeforeItAreNotShown(String text) {
    assertThat(new CommandTemplate(Kind.LIST, text).program()).isEqualTo("x");
    assertThatThrownBy(() -> new CommandTemplate(Kind.DELETE, text))
        .hasMessage("delete command \"x ...\" has no %f");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KEY=$(printf 'my secret') x",
        "KEY=`echo my secret` x",
        "KEY='my secret x",
        "(KEY=secret; x)",
        "KEY=\"secret",
        "$(echo secret)",
      })
  void aCommandThatIsNotUnderstoodIsCalledAShells(String text) {
    CommandTemplate template = new CommandTemplate(Kind.LIST, text);
    assertThat(template.program()).isEqualTo("sh");
    assertThat(template).hasToString("list command \"sh ...\"");
  }

  @Test
  void noTextOfItSaysMoreThanItsProgram() {
    CommandTemplate template = new CommandTemplate(Kind.RESTORE, "get --key=secret %f %p");
    assertThat(CommandSettings.of(template).toString()).contains("get").doesNotContain("secret");
  }
}
