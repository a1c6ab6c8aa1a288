package org.walfmt.tests.backup;

import org.walfmt.Monitor;

/** Hears nothing. */
public final class QuietMonitor implements Monitor {
  @Override
  public void phase(String name, long totalBytes) {}

  @Override
  public void advance(long bytes) {}

  @Override
  public void warning(String line) {}

  @Override
  public void info(String line) {}
}
