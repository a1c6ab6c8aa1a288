package org.walfmt.replayer;

import java.io.IOException;
import org.walfmt.Monitor;

/** Reads every byte of a backup, or of a chain, and checks all that can be checked. */
public final class Verifier {
  /**
   * Collects faults instead of stopping at the first; nothing is written.
   *
   * @throws org.walfmt.RefusedException if there is no such backup
   */
  @SuppressWarnings("DoNotCallSuggester")
  public VerifyReport verify(VerifyOptions options, Monitor monitor) throws IOException {
    throw new UnsupportedOperationException("not yet: " + options.backup() + monitor);
  }
}
