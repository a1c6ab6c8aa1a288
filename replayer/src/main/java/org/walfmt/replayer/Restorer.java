package org.walfmt.replayer;

import java.io.IOException;
import java.time.Clock;
import org.walfmt.Monitor;

/** Restores a backup into a new data directory. The mirror of the backup. */
public final class Restorer {
  private final Clock clock;

  /**
   * @param clock for the times in {@code backup_manifest}
   */
  public Restorer(Clock clock) {
    this.clock = clock;
  }

  /**
   * Checks the plan, merges the chain, and writes the directory, {@code pg_control} last.
   *
   * @throws org.walfmt.RefusedException before any byte is written, if things do not fit together
   * @throws org.walfmt.WalFormatException if the archive holds damage; what was written cannot be
   *     started, and the monitor hears what became of it
   */
  @SuppressWarnings("DoNotCallSuggester")
  public RestoreReport restore(RestoreOptions options, Monitor monitor) throws IOException {
    throw new UnsupportedOperationException("not yet: " + options.backup() + monitor + clock);
  }
}
