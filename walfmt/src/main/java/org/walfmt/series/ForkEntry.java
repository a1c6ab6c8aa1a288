package org.walfmt.series;

import java.util.OptionalLong;
import org.walfmt.CorruptWalException;
import org.walfmt.WalFormatException;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;

/**
 * One fork of a relation in the inventory (rules INVENTORY-2 and INVENTORY-6).
 *
 * @param blocks length as it was read, in blocks
 * @param files segment files that existed, empty ones after the last block among them
 * @param mode permission bits of the first file
 * @param delta whether older series may contribute blocks; if not, the series has all of them
 * @param limit older series may contribute only blocks below it; empty if there is no such limit,
 *     always so without delta
 */
public record ForkEntry(
    RelFileLocator locator,
    ForkNumber fork,
    long blocks,
    int files,
    int mode,
    boolean delta,
    OptionalLong limit)
    implements Comparable<ForkEntry> {
  private static final long MAX_BLOCKS = 0xFFFF_FFFFL;
  private static final int MAX_FILES = 32768;

  void encode(JsonText json) {
    json.startObject()
        .number("tablespace", locator.tablespace())
        .number("database", locator.database())
        .number("relation", locator.relation())
        .number("fork", fork.number())
        .number("blocks", blocks)
        .number("files", files)
        .mode("mode", mode)
        .flag("delta", delta);
    if (limit.isPresent()) {
      json.number("limit", limit.getAsLong());
    }
    json.endObject();
  }

  static ForkEntry decode(JsonFields json) throws WalFormatException {
    RelFileLocator locator =
        new RelFileLocator(
            json.uint32("tablespace"), json.uint32("database"), json.uint32("relation"));
    if (!locator.isValid()) {
      throw new CorruptWalException("no relation can be " + locator, json.where());
    }
    ForkEntry entry =
        new ForkEntry(
            locator,
            ForkNumber.of((int) json.number("fork", 3)),
            json.number("blocks", MAX_BLOCKS),
            (int) json.number("files", MAX_FILES),
            json.mode("mode"),
            json.flag("delta"),
            json.has("limit")
                ? OptionalLong.of(json.number("limit", MAX_BLOCKS))
                : OptionalLong.empty());
    json.done();
    if (entry.files < 1 || entry.files < filesFor(entry.blocks)) {
      throw json.invalid("files");
    }
    if (entry.limit.isPresent() && !entry.delta) {
      throw json.invalid("limit");
    }
    return entry;
  }

  /** Segment files that {@code blocks} blocks need: at least one. */
  public static int filesFor(long blocks) {
    long full = RelationFile.SEGMENT_BLOCKS;
    return (int) Math.max(1, (blocks + full - 1) / full);
  }

  /** First block that older series may not contribute. */
  public long olderBlocksEnd() {
    return delta ? Math.min(blocks, limit.orElse(blocks)) : 0;
  }

  @Override
  public int compareTo(ForkEntry other) {
    int order = locator.compareTo(other.locator);
    return order != 0 ? order : fork.compareTo(other.fork);
  }
}
