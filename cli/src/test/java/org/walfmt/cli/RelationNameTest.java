package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class RelationNameTest {
  private static RelationName parse(String text) {
    return new RelationName.Converter().convert(text);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "app.public.t, app, public, t",
        "App.PUBLIC.Orders, app, public, orders",
        "\"App\".\"My.Schema\".\"a\"\"b\", App, My.Schema, a\"b",
        "my-db.public.t$1, my-db, public, t$1",
        "` app . public .\tt `, app, public, t",
        "\" a \".b.\"c d\", ` a `, b, c d",
        "ÄB.public.t, Äb, public, t",
        "app.pg_toast.pg_toast_16384, app, pg_toast, pg_toast_16384",
      })
  void takesNamesAsSqlDoes(String text, String database, String schema, String relation) {
    assertThat(parse(text)).isEqualTo(new RelationName(database, schema, relation));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "t",
        "public.t",
        "a.b.c.d",
        "a..c",
        ".b.c",
        "a.b.",
        "\"\".b.c",
        "\"a.b.c",
        "\"a\"x.b.c",
        "a\"b.c.d",
        "a b.c.d",
        "a.b.c\0"
      })
  void refusesWhatIsNoName(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("\"" + text + "\" is no name such as database.schema.table");
  }

  @Test
  void isShownAsItCanBeTyped() {
    RelationName name = new RelationName("app", "My.Schema", "a\"b");

    assertThat(name).hasToString("app.\"My.Schema\".\"a\"\"b\"");
    assertThat(parse(name.toString())).isEqualTo(name);
  }
}
