package org.walfmt.replayer.inplace;

import java.util.Set;

/** The files that tell a server what to recover to; the target's stay as they are. */
final class Signals {
  static final String STANDBY = "standby.signal";
  static final String RECOVERY = "recovery.signal";
  static final Set<String> NAMES = Set.of(STANDBY, RECOVERY);

  private Signals() {}
}
