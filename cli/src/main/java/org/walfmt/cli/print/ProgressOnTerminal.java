package org.walfmt.cli.print;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar in the last line of the terminal; messages go above it. */
final class ProgressOnTerminal extends Progress {
  private static final int INTERVAL_MILLIS = 250;
  private static final long MEGABYTE = 1 << 20;
  private static final int DEFAULT_WIDTH = 80;
  private static final int MIN_WIDTH = 40;

  /** To the start of the line, and erase it. */
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintWriter err;
  private @Nullable ProgressBar bar;

  ProgressOnTerminal(Messages messages, PrintWriter err) {
    super(messages);
    this.err = err;
  }

  @Override
  public synchronized void phase(String name, long totalBytes) {
    close();
    if (totalBytes <= 0) { // nothing to draw
      info(name);
      return;
    }
    bar =
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(totalBytes)
            .setUnit(" MB", MEGABYTE)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(INTERVAL_MILLIS)
            .setConsumer(new LastLine())
            .showSpeed()
            .build();
  }

  @Override
  public synchronized void advance(long bytes) {
    if (bar != null) {
      if (bar.getCurrent() + bytes > bar.getMax()) {
        bar.maxHint(bar.getCurrent() + bytes); // the total was an estimate
      }
      bar.stepBy(bytes);
    }
  }

  @Override
  public void warning(String line) {
    clearLine();
    super.warning(line);
  }

  @Override
  public void info(String line) {
    clearLine();
    super.info(line);
  }

  private void clearLine() {
    err.print(CLEAR_LINE);
    err.flush();
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
      err.println();
      err.flush();
    }
  }

  /** Where the bar is drawn. */
  private final class LastLine implements ProgressBarConsumer {
    @Override
    public int getMaxRenderedLength() {
      @Nullable String columns = System.getenv("COLUMNS");
      if (columns == null || !columns.matches("[0-9]{1,4}")) {
        return DEFAULT_WIDTH - 1;
      }
      return Math.max(MIN_WIDTH, Integer.parseInt(columns)) - 1;
    }

    @Override
    public void accept(String text) {
      err.print(CLEAR_LINE + text);
      err.flush();
    }

    @Override
    public void close() {}
  }
}
