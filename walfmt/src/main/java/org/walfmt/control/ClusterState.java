package org.walfmt.control;

/**
 * What a server was doing when it last wrote its control file: {@code DBState} in {@code
 * catalog/pg_control.h}. In the order of their numbers there, from 0.
 */
public enum ClusterState {
  STARTUP,
  SHUTDOWNED,
  SHUTDOWNED_IN_RECOVERY,
  SHUTDOWNING,
  IN_CRASH_RECOVERY,
  IN_ARCHIVE_RECOVERY,
  IN_PRODUCTION;

  /** Returns whether no server runs, if this is the truth: after a crash it is not. */
  public boolean isShutDown() {
    return this == SHUTDOWNED || this == SHUTDOWNED_IN_RECOVERY;
  }
}
