package org.walfmt.tests.compare;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.walfmt.block.ForkNumber;

/**
 * How {@link ClusterDiff} compares.
 *
 * @param masked whether pages are masked; else files must be equal byte for byte
 * @param forks the forks that are compared
 * @param otherFiles whether {@code pg_xact}, {@code pg_multixact} and each {@code pg_filenode.map}
 *     are compared too, always byte for byte
 * @param tolerated differences that are counted, not reported
 */
public record Options(
    boolean masked, Set<ForkNumber> forks, boolean otherFiles, Set<Tolerance> tolerated) {
  /** Copies the sets. */
  public Options {
    forks = Collections.unmodifiableSet(copy(forks, ForkNumber.class));
    tolerated = Collections.unmodifiableSet(copy(tolerated, Tolerance.class));
  }

  /**
   * Every file and byte, no mask: for a copy of a server that nobody used meanwhile. Unlogged and
   * temporary relations are left out even so.
   */
  public static Options exact() {
    return new Options(
        false, EnumSet.allOf(ForkNumber.class), true, EnumSet.noneOf(Tolerance.class));
  }

  /**
   * For two data directories replayed to the same LSN: masked, nothing else tolerated. Free space
   * maps are left out: they are never in the WAL.
   */
  public static Options masks() {
    return new Options(
        true,
        EnumSet.complementOf(EnumSet.of(ForkNumber.FSM)),
        false,
        EnumSet.noneOf(Tolerance.class));
  }

  /** As {@link #masks}, with every {@link Tolerance}: for two backups that began at two moments. */
  public static Options masksAndTolerances() {
    return masks().tolerating(Tolerance.values());
  }

  /**
   * These options, with {@code more} tolerated as well. What is tolerated of a block is so without
   * masks too: LSN and checksum of that block are then hidden.
   */
  public Options tolerating(Tolerance... more) {
    EnumSet<Tolerance> all = copy(tolerated, Tolerance.class);
    all.addAll(List.of(more));
    return new Options(masked, forks, otherFiles, all);
  }

  /** These options without this fork. */
  public Options without(ForkNumber fork) {
    EnumSet<ForkNumber> rest = copy(forks, ForkNumber.class);
    rest.remove(fork);
    return new Options(masked, rest, otherFiles, tolerated);
  }

  /** These options, {@code pg_xact} and the like compared or not. */
  public Options withOtherFiles(boolean compared) {
    return new Options(masked, forks, compared, tolerated);
  }

  private static <E extends Enum<E>> EnumSet<E> copy(Set<E> set, Class<E> type) {
    EnumSet<E> copy = EnumSet.noneOf(type);
    copy.addAll(set);
    return copy;
  }
}
