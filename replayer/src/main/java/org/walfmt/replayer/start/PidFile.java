package org.walfmt.replayer.start;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The lines of {@code postmaster.pid} that tell how the server is. Source: {@code utils/pidfile.h}.
 *
 * @param socketDirectory the first of its socket directories; empty if it has none
 * @param listenAddress the first address it listens on; empty if there is none
 * @param status starting, stopping, ready (for queries) or standby (not yet, or never)
 */
public record PidFile(
    long pid, int port, String socketDirectory, String listenAddress, String status) {
  private static final int LINE_PORT = 3;
  private static final int LINE_SOCKET = 4;
  private static final int LINE_ADDRESS = 5;
  private static final int LINE_STATUS = 7;

  /** Reads it; empty if there is none, or it is not complete yet. */
  static Optional<PidFile> read(Path data) throws IOException {
    List<String> lines;
    try {
      lines =
          Files.readString(data.resolve("postmaster.pid"), StandardCharsets.ISO_8859_1)
              .lines()
              .map(String::strip)
              .toList();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return lines.size() <= LINE_STATUS
          ? Optional.empty()
          : Optional.of(
              new PidFile(
                  Long.parseLong(lines.get(0)),
                  Integer.parseInt(lines.get(LINE_PORT)),
                  lines.get(LINE_SOCKET),
                  lines.get(LINE_ADDRESS),
                  lines.get(LINE_STATUS)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether its process is there. */
  boolean isAlive() {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }
}
