package org.walfmt.writer.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceFileTest {
  @TempDir private Path home;
  @TempDir private Path system;
  private final Map<String, String> variables = new HashMap<>();

  @BeforeEach
  void lookForTheSystemsFileInATemporaryDirectory() {
    variables.put("PGSYSCONFDIR", system.toString());
  }

  @Test
  void readsOneSection() throws Exception {
    write(
        home.resolve(".pg_service.conf"),
        """
        # comment
        [other]
        host=wrong

        [mine]
          host=right\t
        # comment
        port=5433
        dbname=a b=c
        dbname=late
        [after]
        host=wrong
        """);
    assertThat(find("mine"))
        .isEqualTo(Map.of(Keyword.HOST, "right", Keyword.PORT, "5433", Keyword.DBNAME, "a b=c"));
  }

  @Test
  void theUsersFileGoesBeforeTheSystems() throws Exception {
    write(home.resolve(".pg_service.conf"), "[a]\nhost=users\n");
    write(system.resolve("pg_service.conf"), "[a]\nhost=systems\n[b]\nhost=systems\n");
    assertThat(find("a")).containsEntry(Keyword.HOST, "users");
    assertThat(find("b")).containsEntry(Keyword.HOST, "systems");
  }

  @Test
  void aVariableNamesAnotherUsersFile() throws Exception {
    Path other = home.resolve("other.conf");
    variables.put("PGSERVICEFILE", other.toString());
    write(home.resolve(".pg_service.conf"), "[a]\nhost=wrong\n");
    write(other, "[a]\nhost=right\n");
    assertThat(find("a")).containsEntry(Keyword.HOST, "right");
  }

  @Test
  void theSystemsDirectoriesAreThoseOfTheEnvironment() throws Exception {
    variables.remove("PGSYSCONFDIR");
    write(system.resolve("pg_service.conf"), "[a]\nhost=systems\n");
    assertThat(find("a")).containsEntry(Keyword.HOST, "systems");
  }

  @Test
  void refusesWhatLibpqRefusesInItsWords() throws IOException {
    Path file = home.resolve(".pg_service.conf");
    write(
        file,
        """
        [ldap]
        ldap://ldap.example/dc=x
        [nested]
        service=other
        [unknown]
        hots=x
        [noequals]
        host
        """);
    assertRefused("none", "definition of service \"none\" not found");
    assertRefused("ldap", "LDAP lookup not supported in service file \"" + file + "\", line 2");
    assertRefused(
        "nested",
        "nested service specifications not supported in service file \"" + file + "\", line 4");
    assertRefused("unknown", "syntax error in service file \"" + file + "\", line 6");
    assertRefused("noequals", "syntax error in service file \"" + file + "\", line 8");
  }

  @Test
  void aFileNamedByAVariableMustBeThere() {
    variables.put("PGSERVICEFILE", "/no/such/file");
    assertRefused("a", "service file \"/no/such/file\" not found");
  }

  private Map<Keyword, String> find(String service) throws ConnectionFailedException {
    return ServiceFile.find(
        service, new ConnectionEnvironment(variables, home, "me", List.of(), List.of(system)));
  }

  private void assertRefused(String service, String message) {
    assertThatThrownBy(() -> find(service))
        .isInstanceOf(ConnectionFailedException.class)
        .hasMessage(message);
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
  }
}
