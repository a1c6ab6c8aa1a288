package org.walfmt.writer.connect;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a connection URI.
 *
 * <pre>
 *   postgresql://[user[:password]@][host][:port][,...][/dbname][?param1=value1&amp;...]
 * </pre>
 *
 * <p>Every part may be percent-encoded; an IPv6 address stands in brackets. Source: PostgreSQL 18,
 * {@code fe-connect.c}, {@code conninfo_uri_parse_options}.
 */
final class ConnectionUri {
  private final String text;
  private final Map<Keyword, String> parameters = new EnumMap<>(Keyword.class);
  private int at;

  private ConnectionUri(String text, int at) {
    this.text = text;
    this.at = at;
  }

  /** Tells whether the text begins as a connection URI does. */
  static boolean isUri(String text) {
    return prefixLength(text) > 0;
  }

  /** Returns the parameters; the query's go before the same ones in front of it. */
  static Map<Keyword, String> parse(String text) throws ConnectionFailedException {
    ConnectionUri uri = new ConnectionUri(text, prefixLength(text));
    uri.readUser();
    uri.readHosts();
    uri.readDatabase();
    uri.readQuery();
    return uri.parameters;
  }

  private static int prefixLength(String text) {
    for (String prefix : new String[] {"postgresql://", "postgres://"}) {
      if (text.startsWith(prefix)) {
        return prefix.length();
      }
    }
    return 0;
  }

  private void readUser() throws ConnectionFailedException {
    int end = endBefore("@/");
    if (end == text.length() || text.charAt(end) != '@') {
      return;
    }
    String userInfo = text.substring(at, end);
    int colon = userInfo.indexOf(':');
    storeUnlessEmpty(Keyword.USER, colon < 0 ? userInfo : userInfo.substring(0, colon));
    storeUnlessEmpty(Keyword.PASSWORD, colon < 0 ? "" : userInfo.substring(colon + 1));
    at = end + 1;
  }

  private void readHosts() throws ConnectionFailedException {
    StringBuilder hosts = new StringBuilder();
    StringBuilder ports = new StringBuilder();
    readHost(hosts, ports);
    while (isAt(',')) {
      at++;
      hosts.append(',');
      ports.append(',');
      readHost(hosts, ports);
    }
    storeUnlessEmpty(Keyword.HOST, hosts.toString());
    storeUnlessEmpty(Keyword.PORT, ports.toString());
  }

  private void readHost(StringBuilder hosts, StringBuilder ports) throws ConnectionFailedException {
    if (isAt('[')) {
      hosts.append(bracketedHost());
    } else {
      hosts.append(take(endBefore(":/?,")));
    }
    if (isAt(':')) {
      at++;
      ports.append(take(endBefore("/?,")));
    }
  }

  private String bracketedHost() throws ConnectionFailedException {
    at++;
    int end = endBefore("]");
    if (end == text.length()) {
      throw ConnectionFailedException.invalid(
          "end of string reached when looking for matching \"]\" in IPv6 host address in URI: "
              + shown());
    }
    if (end == at) {
      throw ConnectionFailedException.invalid(
          "IPv6 host address may not be empty in URI: " + shown());
    }
    String host = take(end);
    at++;
    if (at < text.length() && ":/?,".indexOf(text.charAt(at)) < 0) {
      throw ConnectionFailedException.invalid(
          String.format(
              "unexpected character \"%c\" at position %d in URI (expected \":\" or \"/\"): %s",
              text.charAt(at), at + 1, shown()));
    }
    return host;
  }

  private void readDatabase() throws ConnectionFailedException {
    if (isAt('/')) {
      at++;
      storeUnlessEmpty(Keyword.DBNAME, take(endBefore("?")));
    }
  }

  private void readQuery() throws ConnectionFailedException {
    if (!isAt('?')) {
      return;
    }
    at++;
    while (at < text.length()) {
      readParameter(take(endBefore("&")));
      at++;
    }
  }

  private void readParameter(String parameter) throws ConnectionFailedException {
    int equals = parameter.indexOf('=');
    if (equals < 0) {
      throw ConnectionFailedException.invalid(
          "missing key/value separator \"=\" in URI query parameter: \"" + parameter + "\"");
    }
    String name = parameter.substring(0, equals);
    if (parameter.indexOf('=', equals + 1) >= 0) {
      throw ConnectionFailedException.invalid(
          "extra key/value separator \"=\" in URI query parameter: \"" + name + "\"");
    }
    String key = decode(name, name);
    String encoded = parameter.substring(equals + 1);
    String value = decode(encoded, key.endsWith("password") ? "********" : encoded);
    if (key.equals("ssl") && value.equals("true")) { // as JDBC URIs have it
      parameters.put(Keyword.SSLMODE, "require");
      return;
    }
    Optional<Keyword> keyword = Keyword.of(key);
    if (keyword.isEmpty()) {
      throw ConnectionFailedException.invalid("invalid URI query parameter: \"" + key + "\"");
    }
    parameters.put(keyword.get(), value);
  }

  private void storeUnlessEmpty(Keyword keyword, String encoded) throws ConnectionFailedException {
    if (!encoded.isEmpty()) {
      parameters.put(keyword, decode(encoded, keyword == Keyword.PASSWORD ? "********" : encoded));
    }
  }

  /** Replaces each {@code %XX} by its byte; the bytes are UTF-8. */
  private static String decode(String encoded, String shown) throws ConnectionFailedException {
    byte[] in = encoded.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] != '%') {
        out.write(in[i]);
        continue;
      }
      int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
      int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw ConnectionFailedException.invalid("invalid percent-encoded token: \"" + shown + "\"");
      }
      if (high == 0 && low == 0) {
        throw ConnectionFailedException.invalid(
            "forbidden value %00 in percent-encoded value: \"" + shown + "\"");
      }
      out.write(high << 4 | low);
      i += 2;
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private boolean isAt(char c) {
    return at < text.length() && text.charAt(at) == c;
  }

  /** Returns where the first of these characters stands, or the end of the text. */
  private int endBefore(String stops) {
    int end = at;
    while (end < text.length() && stops.indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  private String take(int end) {
    String taken = text.substring(at, end);
    at = end;
    return taken;
  }

  /** The URI as messages show it, without the password that may stand before the host. */
  private String shown() {
    int start = prefixLength(text);
    String rest = text.substring(start);
    int userEnd = rest.lastIndexOf('@');
    int colon = rest.indexOf(':');
    String safe =
        userEnd > 0 && colon >= 0 && colon < userEnd
            ? rest.substring(0, colon + 1) + "********" + rest.substring(userEnd)
            : rest;
    return '"' + text.substring(0, start) + safe + '"';
  }
}
