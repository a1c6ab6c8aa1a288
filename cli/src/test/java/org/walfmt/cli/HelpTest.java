package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
  private static final int WIDTH = 100;

  @Test
  void commandsAreFoundByTheNamesThatTheyHave() {
    assertThat(Main.commandLine().getSubcommands())
        .hasSize(18)
        .allSatisfy((name, command) -> assertThat(command.getCommandName()).isEqualTo(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backup",
        "restore",
        "apply",
        "list",
        "show",
        "dump",
        "verify",
        "expire",
        "check",
        "summarize",
        "summaries",
        "merge",
        "extract",
        "export",
        "import"
      })
  void eachCommandTellsUsageOptionsStatusesAndExamples(String command) {
    CliRun run = CliRun.of(command, "--help");
    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("Usage: walfmt " + command, "\nOptions:\n", "\nExit status:\n", "\nExamples:\n")
        .contains("  0     done\n", "  8     ", "  130   interrupted\n")
        .contains("\n  walfmt " + command + " -", "-?, --help");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= WIDTH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backup",
        "restore",
        "apply",
        "list",
        "show",
        "dump",
        "verify",
        "expire",
        "check",
        "summarize",
        "summaries",
        "merge",
        "extract",
        "export",
        "import"
      })
  void helpIsAlsoACommand(String command) {
    assertThat(CliRun.of("help", command)).isEqualTo(CliRun.of(command, "--help"));
  }

  @Test
  void statusHasTheStatusesOfAMonitoringPlugin() {
    CliRun run = CliRun.of("status", "--help");
    assertThat(run.out())
        .contains(
            "Usage: walfmt status ", "  0     OK\n", "  1     WARNING\n", "  2     CRITICAL\n")
        .contains("  3     UNKNOWN", "  130   interrupted\n")
        .doesNotContain("  8  ");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= WIDTH);
  }

  @Test
  void theProgramListsItsCommands() {
    assertThat(CliRun.of("--help").out())
        .contains("  backup ")
        .contains("  restore ")
        .contains("  apply ")
        .contains("  list ")
        .contains("  show ")
        .contains("  dump ")
        .contains("  verify ")
        .contains("  expire ", "  check ", "  status ")
        .contains("  summarize ")
        .contains("  summaries ")
        .contains("  extract ")
        .contains("  export ")
        .contains("  import ")
        .contains("  help ", "  generate-completion ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void tellsItsVersion(String option) {
    assertThat(CliRun.of(option).out()).startsWith("walfmt ").contains("PostgreSQL 13 to 18");
    assertThat(CliRun.of("list", option).out()).isEqualTo(CliRun.of(option).out());
  }

  @Test
  void withoutACommandItIsWrongUsage() {
    CliRun run = CliRun.of();
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            """
            walfmt: error: no command given
            walfmt: hint: Try "walfmt --help" for more information.
            """);
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
  }

  @Test
  void suggestsWhatMayHaveBeenMeant() {
    assertThat(CliRun.of("dmp").err())
        .isEqualTo(
            """
            walfmt: error: unmatched argument at index 0: 'dmp'
            walfmt: hint: Did you mean dump or import or generate-completion?
            walfmt: hint: Try "walfmt --help" for more information.
            """);
  }

  @Test
  void generatesACompletionScript() {
    CliRun run = CliRun.of("generate-completion");
    assertThat(run.status()).isZero();
    assertThat(run.out()).startsWith("#!/usr/bin/env bash").contains("--incremental", "--max-rate");
  }
}
