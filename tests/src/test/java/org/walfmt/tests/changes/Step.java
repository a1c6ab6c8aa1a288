package org.walfmt.tests.changes;

import java.sql.SQLException;

/**
 * One kind of change that {@link RandomLoad} makes.
 *
 * @param name what it does, for the list of steps in a failure
 * @param copies how often it is in each deck
 * @param sinceMajor the first major version that can do it
 */
record Step(String name, int copies, int sinceMajor, Action action) {
  private static final int FIRST_MAJOR = 13;

  /** Makes the change in a session, with what its random numbers say. */
  @FunctionalInterface
  interface Action {
    void run(LoadSession session) throws SQLException;
  }

  static Step of(String name, int copies, Action action) {
    return new Step(name, copies, FIRST_MAJOR, action);
  }

  /** The same step for servers of this major version and later only. */
  Step since(int major) {
    return new Step(name, copies, major, action);
  }
}
