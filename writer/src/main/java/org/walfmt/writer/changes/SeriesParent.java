package org.walfmt.writer.changes;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.block.ForkNumber;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.Parent;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.PathOrder;
import org.walfmt.series.Series;
import org.walfmt.writer.scan.ForkKey;

/** A parent that is a series in the archive. */
public record SeriesParent(Series series) implements ParentBackup {
  @Override
  public Parent note() {
    return new Parent.Series(series.id(), series.begin().nonce());
  }

  @Override
  public String description() {
    return "backup " + series.id();
  }

  @Override
  public Optional<Long> systemIdentifier() {
    return Optional.of(series.begin().systemIdentifier());
  }

  @Override
  public Optional<SegmentSize> segmentSize() {
    return Optional.of(series.begin().segmentSize());
  }

  @Override
  public Lsn startLsn() {
    return series.begin().startLsn();
  }

  @Override
  public TimelineId startTimeline() {
    return series.begin().startTimeline();
  }

  @Override
  public Lsn stopLsn() {
    return series.end().stopLsn();
  }

  @Override
  public TimelineId stopTimeline() {
    return series.end().stopTimeline();
  }

  @Override
  public Instant startTime() {
    return series.begin().startTime();
  }

  @Override
  public Optional<Boolean> checksums() {
    return Optional.of(series.begin().checksums());
  }

  @Override
  public Optional<Boolean> walLogHints() {
    return Optional.of(series.begin().walLogHints());
  }

  @Override
  public Map<String, String> identities() throws IOException {
    Map<String, String> identities = new HashMap<>();
    try (PathInventory inventory = new PathInventory(series)) {
      for (@Nullable PathEntry entry = inventory.next(); entry != null; entry = inventory.next()) {
        if (entry instanceof PathEntry.Directory directory && directory.identity().isPresent()) {
          identities.put(directory.path(), directory.identity().get());
        }
      }
    }
    return identities;
  }

  @Override
  public boolean hasVisibilityMaps() throws IOException {
    try (ForkInventory inventory = new ForkInventory(series)) {
      for (ForkEntry entry = inventory.next(); entry != null; entry = inventory.next()) {
        if (entry.fork() == ForkNumber.VM) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public Forks openForks() throws IOException {
    ForkInventory inventory = new ForkInventory(series);
    inventory.next();
    return new InventoryForks(inventory);
  }

  @Override
  public KnownFiles openFiles() throws IOException {
    PathInventory inventory = new PathInventory(series);
    inventory.next();
    return new InventoryFiles(inventory);
  }

  private record InventoryForks(ForkInventory inventory) implements Forks {
    @Override
    public long blocks(ForkKey fork) throws IOException {
      @Nullable ForkEntry entry = inventory.current();
      while (entry != null && key(entry).compareTo(fork) < 0) {
        entry = inventory.next();
      }
      return entry != null && key(entry).equals(fork) ? entry.blocks() : NONE;
    }

    private static ForkKey key(ForkEntry entry) {
      return new ForkKey(entry.locator(), entry.fork());
    }

    @Override
    public void close() throws IOException {
      inventory.close();
    }
  }

  private record InventoryFiles(PathInventory inventory) implements KnownFiles {
    @Override
    public Optional<KnownFile> find(String path) throws IOException {
      @Nullable PathEntry entry = inventory.current();
      while (entry != null && isBefore(entry.path(), path)) {
        entry = inventory.next();
      }
      return entry instanceof PathEntry.RegularFile file && file.path().equals(path)
          ? Optional.of(new KnownFile(file.length(), file.sha256()))
          : Optional.empty();
    }

    private static boolean isBefore(String known, String wanted) {
      return known.equals(PathEntry.ROOT)
          || (!known.equals(PathEntry.CONTROL_FILE)
              && PathOrder.COMPARATOR.compare(known, wanted) < 0);
    }

    @Override
    public void close() throws IOException {
      inventory.close();
    }
  }
}
