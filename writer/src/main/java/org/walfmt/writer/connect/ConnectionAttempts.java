package org.walfmt.writer.connect;

import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/** Tries the servers of a plan, one after the other, until one gives the session asked for. */
final class ConnectionAttempts {
  /** A URL that says nothing; with any more in it, it would win over the properties. */
  private static final String URL = "jdbc:postgresql://";

  private final ConnectionPlan plan;
  private final List<Failure> failures = new ArrayList<>();

  ConnectionAttempts(ConnectionPlan plan) {
    this.plan = plan;
  }

  /** Returns the first suitable session. */
  ServerConnection open() throws ConnectionFailedException {
    Optional<ServerConnection> opened = openOf(plan.target());
    if (opened.isEmpty() && plan.target() == TargetSession.PREFER_STANDBY && mayGoOn()) {
      failures.clear();
      opened = openOf(TargetSession.ANY);
    }
    return opened.orElseThrow(this::failed);
  }

  /**
   * Tells whether the server to be asked for a password is one that no source has a password of.
   */
  boolean passwordMissing() {
    return !failures.isEmpty() && failures.get(failures.size() - 1).passwordMissing();
  }

  private boolean mayGoOn() {
    return failures.isEmpty() || !failures.get(failures.size() - 1).last();
  }

  private Optional<ServerConnection> openOf(TargetSession target) {
    for (ServerAddress address : plan.addresses()) {
      for (String point : targetsOf(address)) {
        @Nullable ServerConnection opened = attempt(address, point, target);
        if (opened != null) {
          return Optional.of(opened);
        }
        if (!mayGoOn()) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** Returns the socket's path, or the host's numeric addresses. */
  private List<String> targetsOf(ServerAddress address) {
    if (address.isSocket()) {
      return List.of(address.socketPath());
    }
    try {
      return HostLookup.addresses(address);
    } catch (UnknownHostException e) {
      failures.add(Failure.unknownHost(e));
      return List.of();
    }
  }

  private @Nullable ServerConnection attempt(
      ServerAddress address, String point, TargetSession target) {
    String where = address.isSocket() ? address.shown() : address.shown(point);
    Properties properties = DriverProperties.forAttempt(plan, address, point);
    long start = System.nanoTime();
    try {
      Connection connection = new Driver().connect(URL, properties);
      if (connection == null) {
        throw new SQLException("the driver refused its own URL");
      }
      return prepared(connection, address.at(point), where, target);
    } catch (SQLException e) {
      failures.add(
          Thread.currentThread().isInterrupted()
              ? Failure.interrupted(e, where)
              : Failure.of(e, where, address, plan, timedOut(start)));
      return null;
    }
  }

  private boolean timedOut(long start) {
    Duration spent = Duration.ofNanos(System.nanoTime() - start);
    return plan.connectTimeout() > 0
        && spent.compareTo(Duration.ofSeconds(plan.connectTimeout())) >= 0;
  }

  /** Makes the session ready, or closes it if it is not the kind asked for. */
  private @Nullable ServerConnection prepared(
      Connection connection, ServerAddress address, String where, TargetSession target)
      throws SQLException {
    try {
      Optional<String> objection = SessionSettings.objection(connection, target);
      if (objection.isEmpty()) {
        int version = SessionSettings.apply(connection);
        return new ServerConnection(
            connection, plan.only(address, plan.passwordFor(address)), where, version);
      }
      failures.add(Failure.unsuitable(objection.get(), where));
    } catch (SQLException e) {
      try {
        connection.close();
      } catch (SQLException onClose) {
        e.addSuppressed(onClose);
      }
      throw e;
    }
    connection.close();
    return null;
  }

  private ConnectionFailedException failed() {
    Failure last = failures.get(failures.size() - 1);
    List<String> messages = failures.stream().map(Failure::message).distinct().toList();
    ConnectionFailedException failed =
        new ConnectionFailedException(
            last.reason(), String.join("; ", messages), last.hint(), plan.warnings(), last.cause());
    for (Failure earlier : failures.subList(0, failures.size() - 1)) {
      failed.addSuppressed(earlier.cause());
    }
    return failed;
  }
}
