package org.walfmt.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;
import org.walfmt.control.TablespaceMap.Tablespace;

class TablespaceMapTest {
  private static final TablespaceMap ODD_PATHS =
      new TablespaceMap(
          List.of(
              new Tablespace(16384, "/srv/pg/one"),
              new Tablespace(4294967295L, "/srv/with  space "),
              new Tablespace(16385, "/srv/a\nb\rc\\d\\")));

  @Test
  void readsAndWritesOneLineForEach() throws Exception {
    String text = "16384 /srv/pg/ts1\n16385 /srv/pg/ts 2\n";
    TablespaceMap map = TablespaceMap.parse(text, PgVersion.V15);
    assertThat(map.tablespaces())
        .containsExactly(
            new Tablespace(16384, "/srv/pg/ts1"), new Tablespace(16385, "/srv/pg/ts 2"));
    assertThat(map.format(PgVersion.V15)).isEqualTo(text);
    assertThat(TablespaceMap.parse("", PgVersion.V15).tablespaces()).isEmpty();
  }

  @Test
  void escapesBackslashesFrom14On() throws Exception {
    String text =
        "16384 /srv/pg/one\n4294967295 /srv/with  space \n16385 /srv/a\\\nb\\\rc\\\\d\\\\\n";
    assertThat(ODD_PATHS.format(PgVersion.V14)).isEqualTo(text);
    assertThat(TablespaceMap.parse(text, PgVersion.V14)).isEqualTo(ODD_PATHS);
  }

  @Test
  void escapesOnlyLineEndsIn13() throws Exception {
    TablespaceMap map = new TablespaceMap(List.of(new Tablespace(16385, "/srv/a\nb\rc\\d")));
    String text = "16385 /srv/a\\\nb\\\rc\\d\n";
    assertThat(map.format(PgVersion.V13)).isEqualTo(text);
    assertThat(TablespaceMap.parse(text, PgVersion.V13)).isEqualTo(map);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n",
        "16384\n",
        "16384 \n",
        " /srv\n",
        "016384 /srv\n",
        "4294967296 /srv\n",
        "x /srv\n",
        "16384 /srv\r\n",
        "16384 /srv\\x\n",
        "16384 /srv\0\n",
        "16384 /srv\n\n",
        "16384 /srv\n16384 /srv2\n",
      })
  void refusesLinesThatTheServerDoesNotWrite(String text) {
    assertThatThrownBy(() -> TablespaceMap.parse(text, PgVersion.V15))
        .isInstanceOf(CorruptWalException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"16384", "16384 /srv", "16384 /srv\n16385 /s", "16384 /srv\\\n"})
  void refusesALineWithoutEnd(String text) {
    assertThatThrownBy(() -> TablespaceMap.parse(text, PgVersion.V15))
        .isInstanceOf(TruncatedWalException.class)
        .hasMessage("tablespace_map ends within a line");
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> TablespaceMap.parse("16384\n", PgVersion.V15))
        .hasMessage("tablespace_map has line \"16384\", expected OID and path");
    assertThatThrownBy(() -> TablespaceMap.parse("1 /a\n1 /b\n", PgVersion.V15))
        .hasMessage("tablespace_map names tablespace 1 twice");
    assertThatThrownBy(() -> TablespaceMap.parse("1 /a\\b\n", PgVersion.V15))
        .hasMessage("tablespace_map has character 92 without a backslash at offset 4");
  }
}
