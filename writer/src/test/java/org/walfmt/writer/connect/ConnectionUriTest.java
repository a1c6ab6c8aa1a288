package org.walfmt.writer.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases are those of PostgreSQL's own test of URIs, {@code libpq/t/001_uri.pl}, and more. */
class ConnectionUriTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "postgresql://uri-user:secret@host:12345/db"
            + "|user=uri-user password=secret dbname=db host=host port=12345",
        "postgresql://uri-user@host:12345/db|user=uri-user dbname=db host=host port=12345",
        "postgresql://uri-user@host/db|user=uri-user dbname=db host=host",
        "postgresql://host:12345/db|dbname=db host=host port=12345",
        "postgresql://host/db|dbname=db host=host",
        "postgresql://uri-user@host:12345/|user=uri-user host=host port=12345",
        "postgresql://uri-user@host/|user=uri-user host=host",
        "postgresql://uri-user@|user=uri-user",
        "postgresql://host:12345/|host=host port=12345",
        "postgresql://host:12345|host=host port=12345",
        "postgresql://host/|host=host",
        "postgresql://host|host=host",
        "postgresql://|''",
        "postgresql://?hostaddr=127.0.0.1|hostaddr=127.0.0.1",
        "postgresql://example.com?hostaddr=63.1.2.4|host=example.com hostaddr=63.1.2.4",
        "postgresql://%68ost/|host=host",
        "postgresql://host/db?user=uri-user|user=uri-user dbname=db host=host",
        "postgresql://host/db?user=uri-user&port=12345"
            + "|user=uri-user dbname=db host=host port=12345",
        "postgresql://host/db?u%73er=someotheruser&port=12345"
            + "|user=someotheruser dbname=db host=host port=12345",
        "postgresql://host:12345?user=uri-user|user=uri-user host=host port=12345",
        "postgresql://host?user=uri-user|user=uri-user host=host",
        "postgresql://host?|host=host",
        "postgresql://[::1]:12345/db|dbname=db host=::1 port=12345",
        "postgresql://[::1]/db|dbname=db host=::1",
        "postgresql://[2001:db8::1234]/|host=2001:db8::1234",
        "postgresql://[200z:db8::1234]/|host=200z:db8::1234",
        "postgresql://[::1]|host=::1",
        "postgres://|''",
        "postgres:///|''",
        "postgres:///db|dbname=db",
        "postgres://uri-user@/db|user=uri-user dbname=db",
        "postgres://?host=/path/to/socket/dir|host=/path/to/socket/dir",
        "postgres://@host|host=host",
        "postgres://host:/|host=host",
        "postgres://:12345/|port=12345",
        "postgres://otheruser@?host=/no/such/directory|user=otheruser host=/no/such/directory",
        "postgres://otheruser@/?host=/no/such/directory|user=otheruser host=/no/such/directory",
        "postgres://otheruser@:12345?host=/no/such/socket/path"
            + "|user=otheruser host=/no/such/socket/path port=12345",
        "postgres://otheruser@:12345/db?host=/path/to/socket"
            + "|user=otheruser dbname=db host=/path/to/socket port=12345",
        "postgres://:12345/db?host=/path/to/socket|dbname=db host=/path/to/socket port=12345",
        "postgres://:12345?host=/path/to/socket|host=/path/to/socket port=12345",
        "postgres://%2Fvar%2Flib%2Fpostgresql/dbname|dbname=dbname host=/var/lib/postgresql",
        "postgresql://host?sslmode=verify-full|host=host sslmode=verify-full",
        "postgresql://host?ssl=true|host=host sslmode=require",
        "postgresql://a:1,b,[::2]:3/db|dbname=db host=a,b,::2 port=1,,3",
        "postgresql://a,b?target_session_attrs=standby|host=a,b port=, target_session_attrs=standby",
        "postgresql://u:p%40s%3A%2F%25@h/|user=u password=p@s:/% host=h",
        "postgresql://u:a:b@h/|user=u password=a:b host=h",
        "postgresql://h/d%C3%B6|dbname=d\u00f6 host=h",
        "postgresql://h/d?options=-c%20work_mem%3D64MB&application_name=a%2Bb+c"
            + "|dbname=d host=h options=-c_work_mem=64MB application_name=a+b+c",
      })
  void readsEveryPart(String uri, String expected) throws Exception {
    assertThat(ConnectionUri.isUri(uri)).isTrue();
    assertThat(ConnectionUri.parse(uri)).isEqualTo(parameters(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "postgresql://host/db?u%7aer=someotheruser&port=12345"
            + "|invalid URI query parameter: \"uzer\"",
        "postgresql://host?uzer=|invalid URI query parameter: \"uzer\"",
        "postgres://[::1|end of string reached when looking for matching \"]\" in IPv6 host address"
            + " in URI: \"postgres://[::1\"",
        "postgres://[]|IPv6 host address may not be empty in URI: \"postgres://[]\"",
        "postgres://[::1]z|unexpected character \"z\" at position 17 in URI (expected \":\" or"
            + " \"/\"): \"postgres://[::1]z\"",
        "postgresql://host?zzz"
            + "|missing key/value separator \"=\" in URI query parameter: \"zzz\"",
        "postgresql://host?value1&value2"
            + "|missing key/value separator \"=\" in URI query parameter: \"value1\"",
        "postgresql://host?key=key=value"
            + "|extra key/value separator \"=\" in URI query parameter: \"key\"",
        "postgres://host?dbname=%XXfoo|invalid percent-encoded token: \"%XXfoo\"",
        "postgresql://a%00b|forbidden value %00 in percent-encoded value: \"a%00b\"",
        "postgresql://%zz|invalid percent-encoded token: \"%zz\"",
        "postgresql://%1|invalid percent-encoded token: \"%1\"",
        "postgresql://%|invalid percent-encoded token: \"%\"",
      })
  void refusesWhatLibpqRefusesInItsWords(String uri, String message) {
    assertThatThrownBy(() -> ConnectionUri.parse(uri))
        .isInstanceOf(ConnectionFailedException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgres://u:hush%zz@host",
        "postgres://u:hu@sh@x,[::1",
        "postgres://u:hush@[]",
        "postgres://host?password=hush%0",
        "postgres://host?sslpassword=hush%00"
      })
  void neverShowsAPassword(String uri) {
    assertThatThrownBy(() -> ConnectionUri.parse(uri))
        .isInstanceOf(ConnectionFailedException.class)
        .hasMessageNotContainingAny("hush", "sh@");
  }

  @Test
  void anotherSchemeIsNoUri() {
    assertThat(ConnectionUri.isUri("postgre://")).isFalse();
    assertThat(ConnectionUri.isUri("jdbc:postgresql://host/db")).isFalse();
    assertThat(ConnectionUri.isUri("postgresql:/host")).isFalse();
  }

  /** Reads {@code key=value} with blanks between; an underscore after "-c" stands for a blank. */
  private static Map<Keyword, String> parameters(String expected) {
    return expected
        .replace("''", "")
        .lines()
        .flatMap(line -> Arrays.stream(line.split(" ")))
        .filter(pair -> !pair.isEmpty())
        .map(pair -> pair.replace("-c_", "-c ").split("=", 2))
        .collect(Collectors.toMap(pair -> Keyword.of(pair[0]).orElseThrow(), pair -> pair[1]));
  }
}
