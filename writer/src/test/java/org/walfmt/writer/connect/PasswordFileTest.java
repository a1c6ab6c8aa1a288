package org.walfmt.writer.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswordFileTest {
  @TempDir private Path directory;
  private final List<String> warnings = new ArrayList<>();

  @Test
  void theFirstLineThatMatchesCounts() throws IOException {
    PasswordFile file =
        write(
            "rw-------",
            """
            # a comment:*:*:*:wrong

            other:5432:db:alice:wrong
            host:5433:db:alice:wrong
            host:5432:other:alice:wrong
            host:5432:db:bob:wrong
            host:5432:db:alice:right
            *:*:*:*:late
            """);
    assertThat(file.find("host", 5432, "db", "alice")).isEqualTo("right");
    assertThat(file.find("host", 5432, "db", "carol")).isEqualTo("late");
    assertThat(warnings).isEmpty();
  }

  @Test
  void anyFieldMayBeAWildcard() throws IOException {
    PasswordFile file = write("rw-------", "*:5432:*:alice:secret\n");
    assertThat(file.find("anything", 5432, "any", "alice")).isEqualTo("secret");
    assertThat(file.find("anything", 5433, "any", "alice")).isNull();
  }

  @Test
  void aWildcardIsTheWholeField() throws IOException {
    PasswordFile file = write("rw-------", "ho*:5432:db:alice:secret\n");
    assertThat(file.find("host", 5432, "db", "alice")).isNull();
    assertThat(file.find("ho*", 5432, "db", "alice")).isEqualTo("secret");
  }

  @Test
  void aBackslashProtectsColonAndBackslash() throws IOException {
    PasswordFile file = write("rw-------", "\\:\\:1:5432:a\\\\b:al\\:ice:p\\:w\\\\d\\x\n");
    assertThat(file.find("::1", 5432, "a\\b", "al:ice")).isEqualTo("p:w\\dx");
  }

  @Test
  void thePasswordEndsAtAColon() throws IOException {
    PasswordFile file = write("rw-------", "h:1:d:u:secret:more\nh:2:d:u:blank at end \r\n");
    assertThat(file.find("h", 1, "d", "u")).isEqualTo("secret");
    assertThat(file.find("h", 2, "d", "u")).isEqualTo("blank at end ");
  }

  @Test
  void aLineCutShortMatchesNothing() throws IOException {
    PasswordFile file = write("rw-------", "h:1:d\nh:1:d:u\nh:1:d:u\\\n:1:d:u:empty\n");
    assertThat(file.find("h", 1, "d", "u")).isNull();
    assertThat(file.find("", 1, "d", "u")).isEqualTo("empty");
  }

  @Test
  void aFileThatOthersMayReadIsPassedOverWithAWarning() throws IOException {
    PasswordFile file = write("rw-r-----", "*:*:*:*:secret\n");
    assertThat(file.find("h", 1, "d", "u")).isNull();
    assertThat(warnings)
        .containsExactly(
            "password file \""
                + directory.resolve(".pgpass")
                + "\" has group or world access; permissions should be u=rw (0600) or less");
  }

  @Test
  void aDirectoryIsPassedOverWithAWarning() {
    assertThat(PasswordFile.read(directory, warnings).find("h", 1, "d", "u")).isNull();
    assertThat(warnings).containsExactly("password file \"" + directory + "\" is not a plain file");
  }

  @Test
  void noFileIsNoWarning() {
    @Nullable String found =
        PasswordFile.read(directory.resolve("none"), warnings).find("h", 1, "d", "u");
    assertThat(found).isNull();
    assertThat(warnings).isEmpty();
  }

  @Test
  void toStringTellsNothingOfThePasswords() throws IOException {
    assertThat(write("rw-------", "*:*:*:*:secret\n").toString()).doesNotContain("secret");
  }

  private PasswordFile write(String permissions, String text) throws IOException {
    Path file = directory.resolve(".pgpass");
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return PasswordFile.read(file, warnings);
  }
}
