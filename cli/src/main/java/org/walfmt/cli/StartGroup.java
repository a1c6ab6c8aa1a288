package org.walfmt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.PgVersion;
import org.walfmt.replayer.RestoreReport;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.start.ReplayProbe;
import org.walfmt.replayer.start.ServerPrograms;
import org.walfmt.replayer.start.ServerStart;
import org.walfmt.replayer.start.StartGoal;
import org.walfmt.replayer.start.StartOptions;
import org.walfmt.replayer.start.StartReport;
import picocli.CommandLine.Option;

/** Whether and how the restored server is started. */
final class StartGroup {
  @Option(
      names = "--start",
      description =
          "Start the restored server and wait until it is consistent, or has come to its target.",
      order = 251)
  boolean start;

  @Option(
      names = "--bindir",
      paramLabel = "DIR",
      description =
          "Directory of the server's programs; else the PATH, /usr/lib/postgresql/MAJOR/bin and"
              + " /usr/pgsql-MAJOR/bin are looked through.",
      order = 252)
  @Nullable Path programs;

  @Option(
      names = "--server-options",
      paramLabel = "OPTIONS",
      description = "Words for the server's command line, as for pg_ctl -o.",
      order = 253)
  @Nullable String serverOptions;

  @Option(
      names = "--server-log",
      paramLabel = "FILE",
      description = "The server's log; walfmt-restore.log in its directory if not given.",
      order = 254)
  @Nullable Path log;

  @Option(
      names = "--start-timeout",
      paramLabel = "SECONDS",
      description =
          "Wait no longer than this for the server, which goes on; as long as it takes if not"
              + " given.",
      order = 255)
  @Nullable Integer timeout;

  private @Nullable Path found;

  /** What is wrong with the options; empty if nothing is. */
  Optional<String> problem() {
    if (timeout != null && timeout <= 0) {
      return Optional.of("--start-timeout must be positive");
    }
    boolean any = programs != null || serverOptions != null || log != null || timeout != null;
    return any && !start
        ? Optional.of("--bindir, --server-options, --server-log and --start-timeout need --start")
        : Optional.empty();
  }

  /** Finds the programs, before anything is written. */
  void prepare(Path target, PgVersion version) throws IOException {
    ServerPrograms.requireUser(target);
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    found = ServerPrograms.find(Optional.ofNullable(programs), version, path);
  }

  /** Starts the server and waits. */
  StartReport run(RestoreReport restored, RecoverySettings recovery, ReplayProbe probe)
      throws IOException {
    return ServerStart.run(
        new StartOptions(
            restored.target(),
            Objects.requireNonNull(found),
            log == null ? restored.target().resolve("walfmt-restore.log") : log.toAbsolutePath(),
            Optional.ofNullable(serverOptions),
            StartGoal.of(recovery),
            Optional.ofNullable(timeout).map(Duration::ofSeconds)),
        probe);
  }
}
