package org.walfmt.replayer.start;

import java.util.Optional;
import org.walfmt.Lsn;

/** Asks a server over a connection how far its recovery is. */
public interface ReplayProbe {
  /**
   * What the server says.
   *
   * @param lastLsn end of the record replayed last
   * @param lastTime of the transaction replayed last, as the server shows it
   */
  record Answer(
      boolean isInRecovery, boolean isPaused, Optional<Lsn> lastLsn, Optional<String> lastTime) {}

  /** The answer; empty if the server could not be asked, which it never is then. */
  Optional<Answer> ask(PidFile server);
}
