package org.walfmt.writer.changes;

import java.util.Locale;

/** What tells an incremental which blocks may have changed. */
public enum ChangeSource {
  /** The cheapest that covers the range. */
  AUTO,
  /** The LSN of every page. */
  SCAN,
  /** The records of the WAL since the parent's start. */
  WAL,
  /** WAL summaries, and the records after the last of them. */
  SUMMARIES,
  /** All that there are, compared; what any of them tells is taken. */
  AUDIT;

  /** The name in lower case, as in begin notes and on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
