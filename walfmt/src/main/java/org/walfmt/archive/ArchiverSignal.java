package org.walfmt.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Wakes a server's archiver, which otherwise looks for new files once a minute ({@code
 * PGARCH_AUTOWAKE_INTERVAL} of {@code pgarch.c}): with SIGUSR1, as the postmaster does when a
 * segment is full ({@code PgArchWakeup}). Where that is not allowed, the minute is waited.
 */
final class ArchiverSignal {
  /** {@code init_ps_display}: the kind of process, after the name of the cluster if it has one. */
  private static final Pattern TITLE = Pattern.compile("postgres: (?:.*: )?archiver\\b.*");

  private final Path pidFile;

  ArchiverSignal(Path dataDirectory) {
    this.pidFile = dataDirectory.resolve("postmaster.pid");
  }

  void send() throws IOException {
    if (!Files.isReadable(pidFile)) {
      return; // the server has just stopped, which its session tells better
    }
    String first = Files.readString(pidFile).lines().findFirst().orElse("").strip();
    if (!first.matches("[1-9][0-9]{0,9}")) {
      return;
    }
    var archivers =
        ProcessHandle.of(Long.parseLong(first)).stream()
            .flatMap(ProcessHandle::children)
            .filter(ArchiverSignal::isArchiver)
            .toList();
    for (ProcessHandle archiver : archivers) {
      kill(archiver.pid());
    }
  }

  private static boolean isArchiver(ProcessHandle process) {
    try {
      byte[] title = Files.readAllBytes(Path.of("/proc", process.pid() + "", "cmdline"));
      String text = new String(title, StandardCharsets.UTF_8).replace('\0', ' ');
      return TITLE.matcher(text.strip()).matches();
    } catch (IOException e) {
      return false; // gone, or of a system without /proc
    }
  }

  private static void kill(long pid) throws IOException {
    Process kill =
        new ProcessBuilder("kill", "-USR1", Long.toString(pid))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      kill.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
