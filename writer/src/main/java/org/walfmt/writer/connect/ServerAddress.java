package org.walfmt.writer.connect;

import java.nio.file.Path;
import java.util.List;

/**
 * Where one server listens, as the options name it.
 *
 * @param host host name or address, or the directory of a Unix-domain socket, or {@code @} and a
 *     name in Linux's abstract namespace; empty if only the address is known
 * @param hostAddress numeric address to use instead of looking up the host; empty if not given
 * @param port TCP port, also part of a socket's name
 */
record ServerAddress(String host, String hostAddress, int port) {
  /** Tells whether the server is reached over a Unix-domain socket. */
  boolean isSocket() {
    return hostAddress.isEmpty() && (host.startsWith("/") || host.startsWith("@"));
  }

  /** The socket's path: {@code UNIXSOCK_PATH} in {@code libpq/pqcomm.h}. */
  String socketPath() {
    return host + "/.s.PGSQL." + port;
  }

  /**
   * Returns this address without anything left to look up.
   *
   * @param numeric the address that the host's name was found to have; a socket has none
   */
  ServerAddress at(String numeric) {
    return isSocket() ? this : new ServerAddress(host, numeric, port);
  }

  /** What TLS and Kerberos know the server by. */
  String name() {
    return host.isEmpty() ? hostAddress : host;
  }

  /** What a password file knows the server by; a default socket directory counts as localhost. */
  String nameInPasswordFile(List<Path> defaultSocketDirectories) {
    boolean local = isSocket() && defaultSocketDirectories.contains(Path.of(host));
    return local ? "localhost" : name();
  }

  /** Names the address in a message, as libpq does. */
  String shown() {
    return isSocket()
        ? "on socket \"" + socketPath() + "\""
        : "at \"" + name() + "\", port " + port;
  }

  /**
   * Names the address in a message, as libpq does.
   *
   * @param numeric the address that the host's name was found to have
   */
  String shown(String numeric) {
    return numeric.equals(name())
        ? shown()
        : "at \"" + name() + "\" (" + numeric + "), port " + port;
  }
}
