package org.walfmt.writer.decode;

import java.util.HashSet;
import java.util.Set;
import org.walfmt.Monitor;

/**
 * Speaks of the resource managers of extensions (15 and later) in WAL that is read, once of each.
 * Nobody knows what their records do; as {@code pg_rewind} and the server's summarizer, walfmt
 * takes the blocks that they name. One that says of itself that it changes relation files in other
 * ways ({@code XLR_SPECIAL_REL_UPDATE}) is an error.
 */
public final class CustomManagers {
  private final Monitor monitor;
  private final Set<Integer> told = new HashSet<>();

  /** Nothing is told yet. */
  public CustomManagers(Monitor monitor) {
    this.monitor = monitor;
  }

  /** Warns of those in a piece that were not seen before. */
  public void tell(WalPiece piece) {
    piece
        .customManagers()
        .forEach(
            (rmid, where) -> {
              if (told.add(rmid)) {
                monitor.warning(
                    "WAL has records of an extension's resource manager "
                        + rmid
                        + ", the first "
                        + where
                        + ": the blocks that they name are taken, other changes of relation files"
                        + " are not seen");
              }
            });
  }
}
