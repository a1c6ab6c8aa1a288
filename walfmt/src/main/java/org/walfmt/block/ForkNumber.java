package org.walfmt.block;

/**
 * One of the files that make up a relation: {@code ForkNumber} in PostgreSQL.
 *
 * <p>Source: {@code common/relpath.h}, {@code forkNames} in {@code common/relpath.c}; the same in
 * 13 to 18.
 */
public enum ForkNumber {
  /** The relation's own data. */
  MAIN(0, ""),
  /** The free space map. */
  FSM(1, "_fsm"),
  /** The visibility map. */
  VM(2, "_vm"),
  /** What an unlogged relation is reset to after a crash. */
  INIT(3, "_init");

  private static final ForkNumber[] VALUES = values();

  private final int number;
  private final String suffix;

  ForkNumber(int number, String suffix) {
    this.number = number;
    this.suffix = suffix;
  }

  /** Returns the number that stands for this fork in WAL, 0 to 3. */
  public int number() {
    return number;
  }

  /** Returns what follows the relation number in a file name; empty for the main fork. */
  public String suffix() {
    return suffix;
  }

  /** Returns whether a fork has this number. */
  public static boolean exists(int number) {
    return number >= 0 && number < VALUES.length;
  }

  /**
   * Returns the fork with this number.
   *
   * @throws IllegalArgumentException if there is none; ask {@link #exists} about untrusted numbers
   */
  public static ForkNumber of(int number) {
    if (!exists(number)) {
      throw new IllegalArgumentException("no fork has number " + number);
    }
    return VALUES[number];
  }
}
