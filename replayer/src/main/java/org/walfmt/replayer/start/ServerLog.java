package org.walfmt.replayer.start;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The end of what a server wrote into its log, or into that of its logging collector. */
final class ServerLog {
  private static final int TAIL_BYTES = 64 << 10;
  private static final int TAIL_LINES = 10;

  /** In English only; other languages go without. */
  private static final Pattern STOP = Pattern.compile("recovery stopping (?:before|after|at) .*");

  private final Path data;
  private final Path log;
  private final long begin;

  /**
   * @param log that begins with what was written to it before, by others
   */
  ServerLog(Path data, Path log) throws IOException {
    this.data = data;
    this.log = log;
    this.begin = Files.exists(log) ? Files.size(log) : 0;
  }

  /** The last lines. */
  List<String> lastLines() throws IOException {
    List<String> lines = text().lines().filter(line -> !line.isBlank()).toList();
    return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
  }

  /** What the server said about where its recovery stopped. */
  Optional<String> stop() throws IOException {
    Optional<String> stop = Optional.empty();
    Matcher matcher = STOP.matcher(text());
    while (matcher.find()) {
      stop = Optional.of(matcher.group());
    }
    return stop;
  }

  private String text() throws IOException {
    Path collected = data.resolve("current_logfiles");
    String text = tail(log, begin);
    if (Files.exists(collected)) {
      for (String line : Files.readString(collected, StandardCharsets.UTF_8).lines().toList()) {
        int blank = line.indexOf(' ');
        if (blank > 0) {
          text += tail(data.resolve(line.substring(blank + 1)), 0);
        }
      }
    }
    return text;
  }

  private static String tail(Path file, long from) throws IOException {
    if (!Files.isRegularFile(file)) {
      return "";
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      channel.position(Math.max(from, channel.size() - TAIL_BYTES));
      ByteBuffer bytes = ByteBuffer.allocate(TAIL_BYTES);
      int count = 0;
      while (bytes.hasRemaining() && count >= 0) {
        count = channel.read(bytes);
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }
  }
}
