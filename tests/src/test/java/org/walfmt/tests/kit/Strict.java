package org.walfmt.tests.kit;

import java.util.List;
import org.opentest4j.TestAbortedException;

/**
 * How thorough this run of the tests is.
 *
 * <p>{@code -Dwalfmt.strict}: what a test needs and the machine lacks is a failure, not a skipped
 * test. {@code -Pfull}: everything, at full size.
 */
public final class Strict {
  private Strict() {}

  /** Goes on if {@code present}; otherwise skips the test, or fails it in a strict run. */
  public static void require(boolean present, String missing) {
    if (present) {
      return;
    }
    if (on("walfmt.strict")) {
      throw new AssertionError(missing + " (walfmt.strict is on)");
    }
    throw new TestAbortedException(missing);
  }

  /** Goes on at full size, or with one of the majors that are always tried; else skips the test. */
  public static void onlyFullUnless(int major, Integer... always) {
    if (!full() && !List.of(always).contains(major)) {
      throw new TestAbortedException("PostgreSQL " + major + " only with -Pfull");
    }
  }

  /** Whether the tests run at full size. */
  public static boolean full() {
    return on("walfmt.full");
  }

  private static boolean on(String property) {
    String value = System.getProperty(property);
    return value != null && !value.equals("false");
  }
}
