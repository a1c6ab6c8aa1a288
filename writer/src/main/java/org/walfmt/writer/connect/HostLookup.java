package org.walfmt.writer.connect;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds the numeric addresses of a host. */
final class HostLookup {
  /** What can only be a number, so that Java does not ask a name server. */
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[^/]*");

  private HostLookup() {}

  /**
   * Returns the addresses to try, in the resolver's order.
   *
   * @throws UnknownHostException if there are none; its message is libpq's
   */
  static List<String> addresses(ServerAddress server) throws UnknownHostException {
    String numeric = server.hostAddress();
    if (!numeric.isEmpty() && !NUMERIC.matcher(numeric).matches()) {
      throw new UnknownHostException("could not parse network address \"" + numeric + "\"");
    }
    String host = numeric.isEmpty() ? server.host() : numeric;
    List<String> addresses = new ArrayList<>();
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        addresses.add(text(address));
      }
    } catch (UnknownHostException e) {
      UnknownHostException inLibpqsWords =
          new UnknownHostException(
              "could not translate host name \""
                  + host
                  + "\" to address: Name or service not known");
      inLibpqsWords.initCause(e);
      throw inLibpqsWords;
    }
    return addresses;
  }

  /** Writes an address as other tools do: Java's own text never shortens zeros. */
  private static String text(InetAddress address) {
    String text = address.getHostAddress();
    if (!(address instanceof Inet6Address)) {
      return text;
    }
    int scope = text.indexOf('%');
    String[] groups = (scope < 0 ? text : text.substring(0, scope)).split(":", -1);
    int best = 0;
    int bestLength = 0;
    for (int i = 0; i < groups.length; i++) {
      int end = i;
      while (end < groups.length && groups[end].equals("0")) {
        end++;
      }
      if (end - i > bestLength) {
        best = i;
        bestLength = end - i;
      }
    }
    String suffix = scope < 0 ? "" : text.substring(scope);
    if (bestLength < 2) {
      return text;
    }
    List<String> all = List.of(groups);
    return String.join(":", all.subList(0, best))
        + "::"
        + String.join(":", all.subList(best + bestLength, groups.length))
        + suffix;
  }
}
