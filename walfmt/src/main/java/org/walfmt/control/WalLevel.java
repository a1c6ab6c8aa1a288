package org.walfmt.control;

/**
 * How much the WAL holds: {@code WalLevel} in {@code access/xlog.h}, {@code wal_level} in the
 * configuration. In the order of their numbers there, from 0.
 */
public enum WalLevel {
  /** Only what crash recovery needs; no backup can be made from it. */
  MINIMAL,
  REPLICA,
  LOGICAL
}
