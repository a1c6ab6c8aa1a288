package org.walfmt.replayer.kit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.walfmt.Monitor;

/** Keeps what it hears. */
public final class Remarks implements Monitor {
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final AtomicLong done = new AtomicLong();
  private volatile long total;

  @Override
  public void phase(String name, long totalBytes) {
    total = totalBytes;
    done.set(0);
  }

  @Override
  public void advance(long bytes) {
    done.addAndGet(bytes);
  }

  @Override
  public void warning(String line) {
    warnings.add(line);
  }

  @Override
  public void info(String line) {}

  public List<String> warnings() {
    return warnings;
  }

  /** Bytes of the last phase. */
  public long done() {
    return done.get();
  }

  /** Bytes that the last phase was to have. */
  public long total() {
    return total;
  }
}
