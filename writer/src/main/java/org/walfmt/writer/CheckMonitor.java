package org.walfmt.writer;

import java.util.ArrayList;
import java.util.List;
import org.walfmt.Monitor;

/** Keeps what is told on the side, for a check that tells it in its own lines. */
final class CheckMonitor implements Monitor {
  private final List<String> lines = new ArrayList<>();

  @Override
  public void phase(String name, long totalBytes) {}

  @Override
  public void advance(long bytes) {}

  @Override
  public synchronized void warning(String line) {
    lines.add(line);
  }

  @Override
  public synchronized void info(String line) {
    lines.add(line);
  }

  /** What was told since the last call. */
  synchronized List<String> take() {
    List<String> taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }
}
