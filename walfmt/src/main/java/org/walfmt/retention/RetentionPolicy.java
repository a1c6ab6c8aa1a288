package org.walfmt.retention;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a user wants to keep. With both {@code fulls} and {@code window}, what either of them keeps
 * stays; with neither, all stays but for {@code merged}.
 *
 * @param fulls that many full backups, and all that builds on them; at least 1
 * @param window all that it takes to restore to any time since so long ago; positive
 * @param merged whether what a merged backup stands for goes, unless it is in the window
 */
public record RetentionPolicy(OptionalInt fulls, Optional<Duration> window, boolean merged) {
  /**
   * @throws IllegalArgumentException if there is no rule, or one that keeps nothing
   */
  public RetentionPolicy {
    boolean isRule = fulls.isPresent() || window.isPresent() || merged;
    if (!isRule || fulls.orElse(1) < 1 || window.filter(time -> !isPositive(time)).isPresent()) {
      throw new IllegalArgumentException("policy of " + fulls + " and " + window);
    }
  }

  private static boolean isPositive(Duration time) {
    return !time.isNegative() && !time.isZero();
  }

  /** Keeps the newest full backups. */
  public static RetentionPolicy ofFulls(int number) {
    return new RetentionPolicy(OptionalInt.of(number), Optional.empty(), false);
  }

  /** Keeps what a recovery window needs. */
  public static RetentionPolicy ofWindow(Duration window) {
    return new RetentionPolicy(OptionalInt.empty(), Optional.of(window), false);
  }

  /** Keeps all but what merged backups stand for. */
  public static RetentionPolicy ofMerged() {
    return new RetentionPolicy(OptionalInt.empty(), Optional.empty(), true);
  }
}
