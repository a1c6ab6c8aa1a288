package org.walfmt.replayer.start;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;
import org.walfmt.control.ClusterState;
import org.walfmt.control.ControlFile;

/**
 * Starts a restored server and waits until it is consistent, or has done what it does at its
 * target. {@code postmaster.pid}, {@code pg_control} and the signal files tell that, but for a
 * pause, which only a connection can tell.
 */
public final class ServerStart {
  private static final long PAUSE_MILLIS = 100;
  private static final int READS = 50;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** What pg_ctl is told if there is no limit: a year. */
  private static final long FOR_EVER = 365L * 24 * 3600;

  private static final String READY = "ready";
  private static final String NOT_FOR_QUERIES = "standby";

  private final StartOptions options;
  private final ReplayProbe probe;
  private final ServerLog log;
  private final long begin = System.nanoTime();

  private ServerStart(StartOptions options, ReplayProbe probe) throws IOException {
    this.options = options;
    this.probe = probe;
    this.log = new ServerLog(options.data(), options.log());
  }

  /**
   * Starts the server and waits.
   *
   * @throws StartFailedException if the server does not come to where it should, or not in time
   */
  public static StartReport run(StartOptions options, ReplayProbe probe) throws IOException {
    return new ServerStart(options, probe).run();
  }

  private StartReport run() throws IOException {
    ServerCommand started = ServerCommand.run(words());
    while (true) {
      Optional<PidFile> server = server();
      if (server.isEmpty()) {
        pause(); // it may just be writing the file
        server = server();
      }
      if (server.isEmpty()) {
        return ended(started);
      }
      Optional<StartReport> arrived = arrived(server.get());
      if (arrived.isPresent()) {
        return arrived.get();
      }
      if (isLate()) {
        throw new StartFailedException(
            "the server is not where it should be after "
                + options.patience().orElse(Duration.ZERO).toSeconds()
                + " s; it goes on: its status is "
                + server.get().status(),
            true,
            options.log(),
            log.lastLines());
      }
      pause();
    }
  }

  private Optional<PidFile> server() throws IOException {
    return PidFile.read(options.data()).filter(PidFile::isAlive);
  }

  private List<String> words() {
    List<String> words =
        new ArrayList<>(
            List.of(
                options.programs().resolve("pg_ctl").toString(),
                "start",
                "-w",
                "-t",
                Long.toString(options.patience().map(Duration::toSeconds).orElse(FOR_EVER)),
                "-D",
                options.data().toString(),
                "-l",
                options.log().toString()));
    options.serverOptions().ifPresent(text -> words.addAll(List.of("-o", text)));
    return words;
  }

  private boolean isLate() {
    return options.patience().isPresent()
        && System.nanoTime() - begin >= options.patience().get().toNanos();
  }

  /** Without a server: it shut itself down, which it also does instead of a pause, or it failed. */
  private StartReport ended(ServerCommand started) throws IOException {
    ControlFile control = control();
    boolean mayShutDown =
        options.goal() == StartGoal.SHUT_DOWN || options.goal() == StartGoal.PAUSED;
    if (mayShutDown && control.state() == ClusterState.SHUTDOWNED_IN_RECOVERY) {
      return report(StartGoal.SHUT_DOWN, true, Optional.empty(), Optional.empty(), control);
    }
    List<String> lines = log.lastLines();
    throw new StartFailedException(
        lines.isEmpty() ? "pg_ctl: " + started.output().strip() : "the server does not run",
        false,
        options.log(),
        lines);
  }

  /** The report if there is nothing more to wait for. */
  private Optional<StartReport> arrived(PidFile server) throws IOException {
    if (!server.status().equals(READY)) {
      // Without hot_standby nobody is told when the server is consistent.
      return server.status().equals(NOT_FOR_QUERIES) && options.goal() == StartGoal.CONSISTENT
          ? Optional.of(
              report(StartGoal.CONSISTENT, false, Optional.of(server), Optional.empty(), control()))
          : Optional.empty();
    }
    ControlFile control = control();
    boolean isOpen = control.state() == ClusterState.IN_PRODUCTION && !hasSignal();
    if (isOpen) {
      return Optional.of(
          report(StartGoal.OPEN, true, Optional.of(server), probe.ask(server), control));
    }
    return switch (options.goal()) {
      case CONSISTENT ->
          Optional.of(
              report(StartGoal.CONSISTENT, true, Optional.of(server), probe.ask(server), control));
      case PAUSED -> {
        Optional<ReplayProbe.Answer> answer = probe.ask(server);
        yield answer.isEmpty()
            ? Optional.of(report(StartGoal.CONSISTENT, false, Optional.of(server), answer, control))
            : answer
                .filter(ReplayProbe.Answer::isPaused)
                .map(
                    paused ->
                        report(
                            StartGoal.PAUSED,
                            true,
                            Optional.of(server),
                            Optional.of(paused),
                            control));
      }
      case OPEN, SHUT_DOWN -> Optional.empty();
    };
  }

  private boolean hasSignal() {
    return Files.exists(options.data().resolve("recovery.signal"))
        || Files.exists(options.data().resolve("standby.signal"));
  }

  private StartReport report(
      StartGoal reached,
      boolean certain,
      Optional<PidFile> server,
      Optional<ReplayProbe.Answer> answer,
      ControlFile control) {
    Optional<Lsn> replayed =
        answer
            .flatMap(ReplayProbe.Answer::lastLsn)
            .or(() -> Optional.of(control.minRecoveryPoint()).filter(Lsn::isValid));
    TimelineId timeline =
        control.minRecoveryPoint().isValid()
            ? control.minRecoveryPointTimeline()
            : control.checkPointCopy().timeline();
    return new StartReport(
        reached,
        certain,
        server,
        replayed,
        timeline,
        answer.flatMap(ReplayProbe.Answer::lastTime),
        stop(),
        options.log(),
        (double) (System.nanoTime() - begin) / NANOS_PER_SECOND);
  }

  private Optional<String> stop() {
    try {
      return log.stop();
    } catch (IOException e) {
      return Optional.empty(); // it is not what this is about
    }
  }

  /** Reads {@code pg_control}, again if the server is just writing it. */
  private ControlFile control() throws IOException {
    Path file = options.data().resolve(ControlFile.PATH);
    for (int i = 1; ; i++) {
      try {
        return ControlFile.read(
            ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN));
      } catch (WalFormatException e) {
        if (i == READS) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the server");
    }
  }
}
