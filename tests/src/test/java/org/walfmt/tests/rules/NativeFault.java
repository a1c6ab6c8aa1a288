package org.walfmt.tests.rules;

/**
 * What native incremental backup is known to do wrong, and in which versions.
 *
 * <p>A version after those named here is held to be right, so that {@link NativeIncrementalTest}
 * tells of one that is not.
 */
enum NativeFault {
  /**
   * INSERT, UPDATE, DELETE and row locks clear bits of the visibility map in a page that their WAL
   * does not name, and so no summary does. Seen in 17.6 and 18.0, not in 17.11 and 18.6.
   */
  CLEARED_BITS(10, 5),

  /**
   * Without checksums and wal_log_hints, the cut of a table clears the bits of the pages cut off
   * without naming the map's page. Seen in 17.6, 17.11, 18.0 and 18.6; 17.12 is without it.
   */
  CUT_MAP(11, 6),

  /**
   * Below the table's length, a block that no WAL names since the table was cut is taken from an
   * older backup. Seen in 17.6, 17.11, 17.12, 18.0 and 18.6.
   */
  ZERO_PAGES(12, 6),

  /**
   * The like, with the cut and the growth in two incrementals: the summaries of the second tell
   * nothing of the cut, and {@code pg_combinebackup} does not look how short the first was. Seen in
   * 17.6, 17.11, 18.0 and 18.6.
   */
  FORGOTTEN_CUT(11, 6);

  private final int lastOf17;
  private final int lastOf18;

  NativeFault(int lastOf17, int lastOf18) {
    this.lastOf17 = lastOf17;
    this.lastOf18 = lastOf18;
  }

  /**
   * Whether a server has it.
   *
   * @param version {@code server_version_num}, such as 170011
   */
  boolean isIn(long version) {
    long minor = version % 10_000;
    return version / 10_000 == 17 ? minor <= lastOf17 : minor <= lastOf18;
  }
}
