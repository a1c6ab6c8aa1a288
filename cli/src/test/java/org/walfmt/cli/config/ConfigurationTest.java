package org.walfmt.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
  private static final Set<String> OPTIONS = Set.of("archive", "confirm", "incremental", "config");

  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("walfmt.conf"), text);
  }

  private Configuration load(String text, Map<String, String> environment, String... arguments)
      throws Exception {
    return Configuration.load(
        new Surroundings(environment, List.of(file(text))), arguments, () -> OPTIONS);
  }

  private static String value(Configuration configuration, String key) {
    return Objects.requireNonNull(configuration.settings().get(key)).value();
  }

  @Test
  void theEnvironmentBeatsTheClusterWhichBeatsTheRest() throws Exception {
    String text =
        """
        # a comment
        [global]
        archive = /global
        label = of all
        jobs=2

        [main]
        ; another
        archive =   /main with space
        label = of main
        """;
    Configuration configuration = load(text, Map.of("WALFMT_LABEL", "of the environment"));
    assertThat(value(configuration, "jobs")).isEqualTo("2");
    assertThat(value(configuration, "archive")).isEqualTo("/main with space");
    assertThat(value(configuration, "label")).isEqualTo("of the environment");
    assertThat(configuration.settings().get("archive"))
        .isEqualTo(
            new Setting(
                "/main with space",
                Level.CLUSTER,
                "file \"" + directory.resolve("walfmt.conf") + "\", line 9"));
    assertThat(configuration.settings().get("label"))
        .isEqualTo(
            new Setting(
                "of the environment", Level.ENVIRONMENT, "environment variable WALFMT_LABEL"));
    assertThat(configuration.warnings()).isEmpty();
  }

  @Test
  void aClusterIsNamedWhereThereAreSeveral() throws Exception {
    String text = "[a]\narchive=/a\n[b]\narchive=/b\n";
    assertThatThrownBy(() -> load(text, Map.of()))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageEndingWith("has sections of several clusters: a, b");
    assertThat(value(load(text, Map.of("WALFMT_CLUSTER", "b")), "archive")).isEqualTo("/b");
    assertThat(value(load(text, Map.of("WALFMT_CLUSTER", "b"), "--cluster=a"), "archive"))
        .isEqualTo("/a");
    assertThat(value(load(text, Map.of(), "list", "--cluster", "b"), "archive")).isEqualTo("/b");
    assertThatThrownBy(() -> load(text, Map.of(), "--cluster", "c"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageEndingWith("has no section of cluster c");
  }

  @Test
  void theNamedFileCountsAlone() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), "[global]\narchive=/other\n");
    assertThat(value(load("[global]\narchive=/a\n", Map.of(), "--config=" + other), "archive"))
        .isEqualTo("/other");
    assertThat(load("[global]\nlabel=x\n", Map.of("WALFMT_CONFIG", "" + other)).settings())
        .containsOnlyKeys("archive");
    assertThatThrownBy(() -> load("", Map.of(), "--config", "" + directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void withoutAFileTheEnvironmentIsThere() throws Exception {
    Surroundings surroundings =
        new Surroundings(
            Map.of("WALFMT_RESTORE_COMMAND", "get %f %p", "WALFMT_LABEL", ""),
            List.of(directory.resolve("none")));
    assertThat(Configuration.load(surroundings, new String[0], () -> OPTIONS).settings())
        .containsOnlyKeys("restore-command");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "archive=/a | line 1: key archive stands before any section",
        "[global]~archiv=/a | line 2: unknown key archiv",
        "[global]~~incremental=latest | line 3: option --incremental may only be given on the command line",
        "[global]~password=x | line 2: there is no key password",
        "[global]~archive | line 2: neither a section nor a key with a value",
        "[global]~archive= | line 2: key archive has no value",
        "[global]~archive=/a~archive=/b | line 3: key archive is there twice in section [global]",
        "[main]~[main] | line 2: section [main] is there twice",
        "[Global]~archive=/a | line 1: unknown section [Global]",
        "[global:backup]~archive=/a | line 1: \"[global:backup]\" is no section",
        "[global]~progress=maybe | line 2: \"maybe\" is neither on nor off, as progress must be",
      })
  void whatIsWrongIsNamedWithItsLine(String text, String fact) {
    assertThatThrownBy(() -> load(text.replace('~', '\n'), Map.of()))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessage("file \"" + directory.resolve("walfmt.conf") + "\", " + fact);
  }

  @Test
  void allIsCheckedWhateverClusterIsWanted() {
    assertThatThrownBy(() -> load("[a]\nlabel=x\n[b]\nlable=y\n", Map.of(), "--cluster=a"))
        .hasMessageEndingWith("line 4: unknown key lable");
  }

  @Test
  void variablesWithoutMeaningAreNamed() throws Exception {
    Map<String, String> environment =
        Map.of(
            "WALFMT_ARCIVE", "/a",
            "WALFMT_CONFIRM", "true",
            "WALFMT_JAVA_OPTS", "-Xmx1g",
            "WALFMT_PROGRESS", "on",
            "PATH", "/bin");
    Configuration configuration = load("", environment);
    assertThat(configuration.warnings())
        .containsExactly(
            "environment variable WALFMT_ARCIVE has no effect: there is no option --arcive",
            "environment variable WALFMT_CONFIRM has no effect: --confirm may only be given on the"
                + " command line");
    assertThat(value(configuration, "progress")).isEqualTo("true");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dbname | host=db password=geheim",
        "dbname | postgresql://backup:geheim@db/postgres",
        "restore-command | PGPASSWORD=geheim get %f %p",
      })
  void aPasswordInAFileThatOthersMayReadIsRefused(String key, String value) throws Exception {
    Path file = file("[global]\n" + key + " = " + value + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    String[] arguments = {"--config", file.toString()};
    assertThatThrownBy(() -> Configuration.load(Surroundings.none(), arguments, () -> OPTIONS))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessage(
            "file \""
                + file
                + "\", line 2: key "
                + key
                + " holds a password, and the file has group or world access")
        .hasMessageNotContaining("geheim");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Configuration configuration = Configuration.load(Surroundings.none(), arguments, () -> OPTIONS);
    assertThat(value(configuration, key)).isEqualTo(value);
    assertThat(configuration.toString()).doesNotContain("geheim");
  }

  @Test
  void valuesWithoutASecretMayBeRead() {
    assertThat(Values.holdsSecret("host=db passfile=/x user=backup")).isFalse();
    assertThat(Values.holdsSecret("postgresql://backup@db:5432/postgres")).isFalse();
    assertThat(Values.holdsSecret("pgbackrest --stanza=main archive-push %p")).isFalse();
  }
}
