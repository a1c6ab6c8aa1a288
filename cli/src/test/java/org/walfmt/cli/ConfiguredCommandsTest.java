package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.cli.config.Keys;
import org.walfmt.cli.config.Surroundings;
import picocli.CommandLine;

/** What a configuration does to commands. */
class ConfiguredCommandsTest {
  @TempDir Path directory;
  Path archive;

  @BeforeEach
  void fill() throws IOException {
    archive = Files.createDirectory(directory.resolve("archive"));
    new SyntheticArchive(archive).full();
  }

  private Surroundings file(String text) throws IOException {
    return file(text, Map.of());
  }

  private Surroundings file(String text, Map<String, String> environment) throws IOException {
    Path file = Files.writeString(directory.resolve("walfmt.conf"), text);
    return new Surroundings(environment, List.of(file));
  }

  @Test
  void anArchiveInTheFileIsEnough() throws IOException {
    CliRun run = CliRun.with(file("[global]\narchive=" + archive + "\n"), "list");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains(SyntheticArchive.FULL);
  }

  @Test
  void theCommandLineBeatsTheEnvironmentAndThatTheFile() throws IOException {
    Surroundings surroundings =
        file("[global]\narchive=/none1\n", Map.of("WALFMT_ARCHIVE", "/none2"));
    assertThat(CliRun.with(surroundings, "list").err()).contains("\"/none2\"");
    assertThat(CliRun.with(surroundings, "list", "-A", archive).out())
        .contains(SyntheticArchive.FULL);
  }

  @Test
  void anArchiveNearerToTheUserDisplacesTheOther() throws IOException {
    String commands =
        """
        [main]
        restore-command=cp /none/%f %p
        archive-command=cp %p /none/%f
        list-command=false
        """;
    assertThat(CliRun.with(file(commands), "list", "-A", archive).out())
        .contains(SyntheticArchive.FULL);
    Surroundings directoryInFile = file("[main]\narchive=/none\n");
    assertThat(
            CliRun.with(
                    directoryInFile,
                    "list",
                    "--restore-command=cp " + archive + "/%f %p",
                    "--list-command=ls " + archive,
                    "--spool-dir=" + directory.resolve("spool"))
                .out())
        .contains(SyntheticArchive.FULL);
    CliRun both = CliRun.with(file(commands + "archive=/none\n"), "list");
    assertThat(both.err()).contains("exclude each other");
    assertThat(both.status()).isEqualTo(ExitStatus.USAGE);
  }

  @Test
  void aWrongValueIsNamedWithItsOrigin() throws IOException {
    Surroundings surroundings = file("[global]\narchive=/a\n\nspool-size=big\n");
    CliRun run = CliRun.with(surroundings, "list");
    assertThat(run.err())
        .startsWith("walfmt: error: invalid value for option '--spool-size': 'big'")
        .contains("\nwalfmt: detail: file \"" + directory.resolve("walfmt.conf") + "\", line 4\n");
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(CliRun.with(surroundings, "list", "--spool-size=huge").err())
        .contains("'huge'")
        .doesNotContain("detail");
  }

  @Test
  void aWrongFileIsWrongUsageButHelpComesAllTheSame() throws IOException {
    Surroundings surroundings = file("[global]\nfoo=1\n");
    CliRun run = CliRun.with(surroundings, "list");
    assertThat(run.err())
        .isEqualTo(
            "walfmt: error: file \""
                + directory.resolve("walfmt.conf")
                + "\", line 2: unknown key foo\n"
                + "walfmt: hint: Keys are the long names of options, such as archive or"
                + " restore-command.\n");
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(CliRun.with(surroundings, "status").status()).isEqualTo(StatusCommand.UNKNOWN);
    assertThat(CliRun.with(surroundings, "list", "--help").status()).isZero();
    assertThat(CliRun.with(surroundings, "help", "list").status()).isZero();
  }

  @Test
  void keysOfOtherCommandsAreFine() throws IOException {
    String text = "[global]\narchive=" + archive + "\nkeep-full=1\nlabel=x\npgdata=/data\n";
    assertThat(CliRun.with(file(text), "list").err()).isEmpty();
    assertThat(CliRun.with(file(text), "expire").err()).isEmpty();
    CliRun restore = CliRun.with(file(text), "restore");
    assertThat(restore.err()).contains("missing required option: '--pgdata=DIR'");
  }

  @Test
  void aFlagThatIsOnStaysOnWhenItIsGivenAgain() throws IOException {
    Files.createFile(archive.resolve("00000001000000000000004F"));
    String text = "[global]\narchive=" + archive + "\nkeep-full=1\nprune-wal=on\n";
    assertThat(CliRun.with(file(text), "expire").out()).contains("1 file, 1 MB");
    assertThat(CliRun.with(file(text), "expire", "--prune-wal").out()).contains("1 file, 1 MB");
    assertThat(CliRun.with(file(text, Map.of("WALFMT_PRUNE_WAL", "off")), "expire").out())
        .contains("0 files");
  }

  @Test
  void aConfiguredArchiveDoesNotDisturbCommandsThatReadFilesOrRemove() throws IOException {
    Surroundings surroundings = file("[global]\narchive=" + archive + "\n");
    CliRun dump = CliRun.with(surroundings, "dump", archive.resolve(SyntheticArchive.FULL));
    assertThat(dump.err()).doesNotContain("go together");
    assertThat(dump.status()).isZero();
    assertThat(CliRun.with(surroundings, "dump", "--backup", SyntheticArchive.FULL).status())
        .isZero();
    assertThat(CliRun.with(surroundings, "summaries", "--summary-dir", directory).err())
        .doesNotContain("need --prune");
  }

  @Test
  void aPasswordOnTheCommandLineIsWarnedOf() throws IOException {
    CliRun run = CliRun.of("list", "-A", archive, "--list-command=PGPASSWORD=geheim ls");
    assertThat(run.err())
        .startsWith("walfmt: warning: a password on the command line can be seen by all users")
        .doesNotContain("geheim");
  }

  @Test
  void eachKeyIsAnOptionOfSomeCommand() {
    CommandLine program = Main.commandLine();
    assertThat(Keys.all())
        .allSatisfy(
            key ->
                assertThat(program.getSubcommands().values())
                    .anyMatch(each -> each.getCommandSpec().findOption("--" + key) != null));
  }
}
