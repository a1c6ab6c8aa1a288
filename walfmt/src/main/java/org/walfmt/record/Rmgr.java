package org.walfmt.record;

import org.walfmt.PgVersion;

/**
 * The resource managers and the opcodes that walfmt itself writes or acts on. Source: PostgreSQL
 * 18, {@code access/rmgrlist.h}, {@code catalog/pg_control.h}; the same in 13 to 18.
 */
public final class Rmgr {
  /** {@code RM_XLOG_ID}. */
  public static final int XLOG = 0;

  /** {@code RM_LOGICALMSG_ID}. */
  public static final int LOGICAL_MESSAGE = 21;

  /** {@code RM_MIN_CUSTOM_ID}, from 15 on. */
  public static final int MIN_CUSTOM = 128;

  /** {@code XLOG_NOOP}. */
  public static final int XLOG_NOOP = 0x20;

  /** {@code XLOG_SWITCH}. */
  public static final int XLOG_SWITCH = 0x40;

  /** {@code XLOG_RESTORE_POINT}. */
  public static final int XLOG_RESTORE_POINT = 0x70;

  /** {@code XLOG_FPI}. */
  public static final int XLOG_FPI = 0xB0;

  /** {@code XLOG_LOGICAL_MESSAGE}. */
  public static final int MESSAGE = 0x00;

  private Rmgr() {}

  /** Whether a server of {@code version} could have written a record of manager {@code rmid}. */
  public static boolean isValid(int rmid, PgVersion version) {
    return rmid <= LOGICAL_MESSAGE || (rmid >= MIN_CUSTOM && version.isAtLeast(PgVersion.V15));
  }
}
