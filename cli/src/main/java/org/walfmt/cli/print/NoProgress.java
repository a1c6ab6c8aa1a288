package org.walfmt.cli.print;

/** Only warnings and remarks. */
final class NoProgress extends Progress {
  NoProgress(Messages messages) {
    super(messages);
  }

  @Override
  public void phase(String name, long totalBytes) {}

  @Override
  public void advance(long bytes) {}

  @Override
  public void close() {}
}
