package org.walfmt.writer.connect;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides how to connect, with nothing left open.
 *
 * @param addresses the servers to try, in this order; at least one
 * @param password the password given, for every address; null if none was
 * @param passwordFile where a password is looked up otherwise
 * @param socketDirectories the default socket directories: localhost, for the password file
 * @param connectTimeout seconds for each address; 0 waits for ever
 * @param driverProperties PgJDBC's properties that do not depend on the address
 * @param tlsProperties those of them that only a TCP connection may have
 * @param warnings what was passed over while the plan was made
 */
record ConnectionPlan(
    List<ServerAddress> addresses,
    String user,
    String database,
    @Nullable Secret password,
    PasswordFile passwordFile,
    List<Path> socketDirectories,
    int connectTimeout,
    TargetSession target,
    Map<String, String> driverProperties,
    Map<String, String> tlsProperties,
    List<String> warnings) {

  ConnectionPlan {
    addresses = List.copyOf(addresses);
    driverProperties = Map.copyOf(driverProperties);
    tlsProperties = Map.copyOf(tlsProperties);
    warnings = List.copyOf(warnings);
  }

  /** Returns this plan for one address only and with this password. */
  ConnectionPlan only(ServerAddress address, @Nullable Secret known) {
    return with(List.of(address), known);
  }

  /** Returns this plan with a password for every address. */
  ConnectionPlan withPassword(@Nullable Secret known) {
    return with(addresses, known);
  }

  private ConnectionPlan with(List<ServerAddress> others, @Nullable Secret known) {
    return new ConnectionPlan(
        others,
        user,
        database,
        known,
        passwordFile,
        socketDirectories,
        connectTimeout,
        target,
        driverProperties,
        tlsProperties,
        warnings);
  }

  /** Returns the password for an address, or null if no source has one. */
  @Nullable Secret passwordFor(ServerAddress address) {
    return password != null ? password : passwordFromFile(address);
  }

  /** Tells whether the password for this address is one that only the password file has. */
  boolean passwordComesFromFile(ServerAddress address) {
    return password == null && passwordFromFile(address) != null;
  }

  private @Nullable Secret passwordFromFile(ServerAddress address) {
    return Secret.of(
        passwordFile.find(
            address.nameInPasswordFile(socketDirectories), address.port(), database, user));
  }

  /** Leaves out the properties' values, since there may be a key's password among them. */
  @Override
  public String toString() {
    return "ConnectionPlan[addresses="
        + addresses
        + ", user="
        + user
        + ", database="
        + database
        + ", target="
        + target
        + "]";
  }
}
