package org.walfmt.writer.scan;

import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;

/** A fork of a relation, as an inventory names it; the order is that of a series. */
public record ForkKey(RelFileLocator locator, ForkNumber fork) implements Comparable<ForkKey> {
  @Override
  public int compareTo(ForkKey other) {
    int order = locator.compareTo(other.locator);
    return order != 0 ? order : fork.compareTo(other.fork);
  }
}
