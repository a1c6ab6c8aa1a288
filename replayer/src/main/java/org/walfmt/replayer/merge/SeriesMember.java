package org.walfmt.replayer.merge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.block.PageHeader;
import org.walfmt.record.BlockReference;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.RecordKind;
import org.walfmt.series.Sections;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;
import org.walfmt.series.SeriesDigest;

/**
 * A series in a merge: one cursor over all its records, which every record's sum goes through, and
 * one over its inventory in step with it. What the inventory does not say of a block or file, and a
 * block at or above its fork's length, is corrupt.
 */
public final class SeriesMember implements MergeMember {
  private static final int INVENTORY_BUFFER = 128 << 10;

  private final Series series;
  private final int inventoryBuffer;
  private final SeriesCursor records;

  /** Whether the walk began at the begin note, so that the sums can be proven. */
  private final boolean isWhole;

  private final SeriesDigest sums = new SeriesDigest();
  private final ForkInventory forks;
  private @Nullable PathInventory paths;

  private int tablespace;
  private int database;
  private int relation;
  private int fork;
  private long length;
  private long block = NO_BLOCK;
  private long steps;

  /**
   * Opens a series; its first record is read.
   *
   * @param bufferSize bytes read at a time, a multiple of 8192
   */
  public static SeriesMember open(Series series, int bufferSize) throws IOException {
    SeriesMember member = new SeriesMember(series, series.openStart(bufferSize), true, bufferSize);
    try {
      member.step();
      member.step();
      return member;
    } catch (IOException | RuntimeException e) {
      member.close();
      throw e;
    }
  }

  /**
   * The same for who wants files alone: the walk begins at the first of them, and proves nothing
   * but each record by its CRC. No fork must be asked for.
   */
  public static SeriesMember openFiles(Series series, int bufferSize) throws IOException {
    SeriesMember member =
        new SeriesMember(series, series.openAt(Sections::files, bufferSize), false, bufferSize);
    try {
      member.step();
      return member;
    } catch (IOException | RuntimeException e) {
      member.close();
      throw e;
    }
  }

  private SeriesMember(Series series, SeriesCursor records, boolean isWhole, int bufferSize) {
    this.series = series;
    this.isWhole = isWhole;
    int share = Math.max(PageHeader.PAGE_SIZE, bufferSize / 4);
    this.inventoryBuffer = Math.min(INVENTORY_BUFFER, share - share % PageHeader.PAGE_SIZE);
    this.records = records;
    this.forks = new ForkInventory(series, inventoryBuffer);
  }

  @Override
  public String description() {
    return "backup " + series.id();
  }

  /** Records that were read. */
  public long records() {
    return steps;
  }

  private boolean step() throws IOException {
    if (!records.next()) {
      return false;
    }
    steps++;
    if (isWhole) {
      sums.add(records);
    }
    return true;
  }

  @Override
  public @Nullable ForkEntry fork() {
    return forks.current();
  }

  @Override
  public @Nullable ForkEntry nextFork() throws IOException {
    while (block != NO_BLOCK) {
      nextBlock();
    }
    ForkEntry entry = forks.next();
    if (entry != null) {
      tablespace = (int) entry.locator().tablespace();
      database = (int) entry.locator().database();
      relation = (int) entry.locator().relation();
      fork = entry.fork().number();
      length = entry.blocks();
    }
    findBlock(entry != null);
    return entry;
  }

  /** Whether the record is a block of the fork; one of an earlier fork belongs to none. */
  private void findBlock(boolean hasFork) throws IOException {
    block = NO_BLOCK;
    if (records.kind() != RecordKind.BLOCK) {
      return;
    }
    BlockReference reference = records.block();
    int order = hasFork ? compareToFork(reference) : -1;
    if (order < 0) {
      throw records.corrupt("block of " + name(reference) + ", which is not in the inventory");
    }
    if (order == 0) {
      block = Integer.toUnsignedLong(reference.number());
      if (block >= length) {
        throw records.corrupt(
            "block " + block + " of " + name(reference) + ", which has " + length + " blocks");
      }
    }
  }

  private int compareToFork(BlockReference reference) {
    int order = Integer.compareUnsigned(reference.tablespace(), tablespace);
    if (order == 0) {
      order = Integer.compareUnsigned(reference.database(), database);
    }
    if (order == 0) {
      order = Integer.compareUnsigned(reference.relation(), relation);
    }
    return order != 0 ? order : Integer.compare(reference.fork(), fork);
  }

  private static String name(BlockReference reference) {
    return "relation "
        + Integer.toUnsignedString(reference.tablespace())
        + "/"
        + Integer.toUnsignedString(reference.database())
        + "/"
        + Integer.toUnsignedString(reference.relation())
        + " fork "
        + reference.fork();
  }

  @Override
  public long block() {
    return block;
  }

  @Override
  public void restorePage(ByteBuffer out, int at) throws IOException {
    records.restorePage(out, at);
  }

  @Override
  public void nextBlock() throws IOException {
    step();
    findBlock(true);
  }

  @Override
  public @Nullable PathEntry path() {
    return paths == null ? null : paths.current();
  }

  @Override
  public @Nullable PathEntry nextPath() throws IOException {
    PathInventory inventory = paths;
    if (inventory == null) {
      forks.close();
      inventory = new PathInventory(series, inventoryBuffer);
      paths = inventory;
    } else if (hasContents()) {
      passContents();
    }
    PathEntry entry = inventory.next();
    if (hasContents()) {
      requireFile(Objects.requireNonNull(entry).path());
    } else if (entry == null && isOfFile()) {
      throw records.corrupt("contents of a file that is not in the inventory");
    }
    return entry;
  }

  private void requireFile(String path) throws IOException {
    if (records.kind() != RecordKind.FILE) {
      throw records.corrupt("record " + records.kind() + ", expected file \"" + path + "\"");
    }
    String found = records.filePath();
    if (!found.equals(path)) {
      throw records.corrupt("file \"" + found + "\", expected \"" + path + "\"");
    }
    step();
  }

  private boolean isOfFile() {
    return records.kind() == RecordKind.FILE || records.kind() == RecordKind.CHUNK;
  }

  private void passContents() throws IOException {
    while (records.kind() == RecordKind.CHUNK) {
      step();
    }
  }

  @Override
  public boolean hasContents() {
    return path() instanceof PathEntry.RegularFile file && !file.unchanged();
  }

  @Override
  public boolean readContents(ByteBuffer out) throws IOException {
    while (records.kind() == RecordKind.CHUNK && records.payloadLength() <= out.remaining()) {
      records.copyPayload(out);
      step();
    }
    return out.position() > 0;
  }

  @Override
  public void finish() throws IOException {
    while (nextPath() != null) {
      // The contents are passed.
    }
    while (step()) {
      // Index and end note are checked by the sums.
    }
    if (isWhole && !sums.isProven()) {
      throw new CorruptWalException("series of backup " + series.id() + " has no end note");
    }
  }

  @Override
  public void close() throws IOException {
    try (records;
        forks) {
      if (paths != null) {
        paths.close();
      }
    }
  }
}
