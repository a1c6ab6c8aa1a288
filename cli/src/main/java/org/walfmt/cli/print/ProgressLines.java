package org.walfmt.cli.print;

/** A line when a phase begins and every few seconds, for logs. */
final class ProgressLines extends Progress {
  private static final long INTERVAL_NANOS = 5_000_000_000L;
  private static final int PERCENT = 100;

  private String phase = "";
  private long total;
  private long done;
  private long lastLine;

  ProgressLines(Messages messages) {
    super(messages);
  }

  @Override
  public synchronized void phase(String name, long totalBytes) {
    endPhase();
    phase = name;
    total = totalBytes;
    done = 0;
    lastLine = System.nanoTime();
    messages().info(totalBytes > 0 ? name + ": " + Text.size(totalBytes) : name);
  }

  @Override
  public synchronized void advance(long bytes) {
    done += bytes;
    long now = System.nanoTime();
    if (now - lastLine >= INTERVAL_NANOS) {
      lastLine = now;
      line();
    }
  }

  private void line() {
    String share = "";
    if (total > 0) { // an estimate: more may be done than it says
      long percent = Math.min(PERCENT, done * PERCENT / total);
      share = " of " + Text.size(Math.max(total, done)) + " (" + percent + "%)";
    }
    messages().info(phase + ": " + Text.size(done) + share);
  }

  private void endPhase() {
    if (done > 0) {
      line();
    }
  }

  @Override
  public synchronized void close() {
    endPhase();
    done = 0;
  }
}
