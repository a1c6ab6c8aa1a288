package org.walfmt.writer.connect;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the lists of hosts, addresses and ports.
 *
 * <p>Source: PostgreSQL 18, {@code fe-connect.c}, {@code pqConnectOptions2}.
 */
final class ServerAddresses {
  private static final int DEFAULT_PORT = 5432;
  private static final int MAX_PORT = 65535;

  private ServerAddresses() {}

  /**
   * Pairs hosts, addresses and ports, each a list with commas between; empty text is "not given".
   *
   * @param socketDirectories where the server of an empty host is looked for
   */
  static List<ServerAddress> of(
      String hosts, String hostAddresses, String ports, List<Path> socketDirectories)
      throws ConnectionFailedException {
    List<String> names = split(hosts);
    List<String> numbers = split(hostAddresses);
    if (!hosts.isEmpty() && !hostAddresses.isEmpty() && names.size() != numbers.size()) {
      throw ConnectionFailedException.invalid(
          String.format(
              "could not match %d host names to %d hostaddr values", names.size(), numbers.size()));
    }
    int count = hostAddresses.isEmpty() ? names.size() : numbers.size();
    List<String> portTexts = split(ports);
    if (portTexts.size() != 1 && portTexts.size() != count) {
      throw ConnectionFailedException.invalid(
          String.format("could not match %d port numbers to %d hosts", portTexts.size(), count));
    }
    List<ServerAddress> addresses = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int port = port(portTexts.size() == 1 ? portTexts.get(0) : portTexts.get(i));
      String hostAddress = hostAddresses.isEmpty() ? "" : numbers.get(i);
      String host = hosts.isEmpty() ? "" : names.get(i);
      if (host.isEmpty() && hostAddress.isEmpty()) {
        host = socketDirectory(socketDirectories, port);
      }
      addresses.add(new ServerAddress(host, hostAddress, port));
    }
    return addresses;
  }

  private static List<String> split(String list) {
    return List.of(list.split(",", -1));
  }

  private static int port(String text) throws ConnectionFailedException {
    if (text.isBlank()) {
      return DEFAULT_PORT;
    }
    int port = Integers.parse("port", text);
    if (port < 1 || port > MAX_PORT) {
      throw ConnectionFailedException.invalid("invalid port number: \"" + text + "\"");
    }
    return port;
  }

  /**
   * Returns the first directory that holds the socket, or the first at all. libpq knows one only;
   * but which one depends on who built it, and walfmt comes with no libpq.
   */
  private static String socketDirectory(List<Path> directories, int port) {
    for (Path directory : directories) {
      if (Files.exists(Path.of(new ServerAddress(directory.toString(), "", port).socketPath()))) {
        return directory.toString();
      }
    }
    return directories.isEmpty() ? "localhost" : directories.get(0).toString();
  }
}
