package org.walfmt.tests.compare;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a comparison found. Filled by {@link ClusterDiff}, then only read. */
public final class Report {
  private static final int MAX_LISTED = 100_000;
  private static final int MAX_SHOWN = 100;

  private final List<Difference> differences = new ArrayList<>();
  private final Map<Tolerance, Long> tolerated = new EnumMap<>(Tolerance.class);
  private long differenceCount;
  private long files;
  private long blocks;
  private long equalRaw;
  private long equalMasked;

  Report() {}

  /** Whether nothing differs but what the options tolerate. */
  public boolean isEqual() {
    return differenceCount == 0;
  }

  /** The first 100,000 differences. */
  public List<Difference> differences() {
    return List.copyOf(differences);
  }

  /** How many differences there are, listed or not. */
  public long differenceCount() {
    return differenceCount;
  }

  /** How many files both directories have and were compared. */
  public long files() {
    return files;
  }

  /** How many blocks both files have and were compared. */
  public long blocks() {
    return blocks;
  }

  /** How many blocks are equal byte for byte. */
  public long equalRaw() {
    return equalRaw;
  }

  /** How many blocks are equal only under the mask. */
  public long equalMasked() {
    return equalMasked;
  }

  /** How often something tolerated was met: pages, or files for {@link Tolerance#EMPTY_FILES}. */
  public long tolerated(Tolerance tolerance) {
    return tolerated.getOrDefault(tolerance, 0L);
  }

  void difference(Difference difference) {
    differenceCount++;
    if (differences.size() < MAX_LISTED) {
      differences.add(difference);
    }
  }

  void tolerate(Tolerance tolerance, long count) {
    tolerated.merge(tolerance, count, Long::sum);
  }

  void file() {
    files++;
  }

  void equalRawBlock() {
    blocks++;
    equalRaw++;
  }

  void equalMaskedBlock() {
    blocks++;
    equalMasked++;
  }

  void otherBlock() {
    blocks++;
  }

  /** The counters on one line, then the first 100 differences, each on its own. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(differenceCount).append(" differences; ");
    text.append(files).append(" files, ").append(blocks).append(" blocks: ");
    text.append(equalRaw).append(" equal, ").append(equalMasked).append(" equal under the mask");
    text.append(", tolerated ").append(tolerated);
    for (Difference difference : differences.subList(0, Math.min(MAX_SHOWN, differences.size()))) {
      text.append('\n').append(difference);
    }
    return text.toString();
  }
}
