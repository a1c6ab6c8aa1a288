package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.Series;

/**
 * Removes the files of relations that the backup does not have: dropped ones, rewritten ones,
 * segment files behind the last. Goes through the inventory and, in step, through the sorted names
 * of one directory at a time, eight bytes for each file.
 */
final class RelationSweep {
  private static final int SEGMENT_BITS = 16;
  private static final int FORK_BITS = 2;

  private final Places places;
  private final Removal removal;
  private final boolean withVisibilityMaps;
  private final Set<String> visited = new HashSet<>();
  private long[] files = new long[0];
  private int count;
  private int at;
  private String directory = "";

  /**
   * @param withVisibilityMaps whether those of the backup stay, too
   */
  RelationSweep(Places places, Removal removal, boolean withVisibilityMaps) {
    this.withVisibilityMaps = withVisibilityMaps;
    this.places = places;
    this.removal = removal;
  }

  /**
   * Sweeps all directories that have relations in the backup.
   *
   * @return their paths
   */
  Set<String> run(Series newest) throws IOException {
    @Nullable RelFileLocator last = null;
    try (ForkInventory inventory = new ForkInventory(newest)) {
      for (ForkEntry fork = inventory.next(); fork != null; fork = inventory.next()) {
        RelFileLocator locator = fork.locator();
        if (last == null
            || last.tablespace() != locator.tablespace()
            || last.database() != locator.database()) {
          removeUpTo(Long.MAX_VALUE);
          list(locator);
        }
        last = locator;
        if (fork.fork() == ForkNumber.VM && !withVisibilityMaps) {
          continue; // as if the backup had it not
        }
        long first = pack(locator.relation(), fork.fork(), 0);
        removeUpTo(first);
        while (at < count && files[at] - first < fork.files()) {
          at++;
        }
      }
      removeUpTo(Long.MAX_VALUE);
    }
    return visited;
  }

  private static long pack(long relation, ForkNumber fork, int segment) {
    return relation << (SEGMENT_BITS + FORK_BITS) | (long) fork.number() << SEGMENT_BITS | segment;
  }

  private void list(RelFileLocator locator) throws IOException {
    String path = locator.path(places.version(), ForkNumber.MAIN, 0);
    directory = path.substring(0, path.lastIndexOf('/'));
    visited.add(directory);
    count = 0;
    at = 0;
    places.layout().place(path); // the directory is in the inventory
    Path place = places.layout().placeOfDirectory(directory);
    if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(place)) {
      for (Path entry : entries) {
        Optional<RelationFile> file =
            RelationFile.parse(directory + "/" + entry.getFileName(), places.version());
        if (file.isPresent()) {
          if (!Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
            removal.remove(entry);
            continue;
          }
          if (count == files.length) {
            files = Arrays.copyOf(files, Math.max(1024, 2 * count));
          }
          files[count++] =
              pack(file.get().locator().relation(), file.get().fork(), file.get().segment());
        }
      }
    }
    Arrays.sort(files, 0, count);
  }

  private void removeUpTo(long end) throws IOException {
    for (; at < count && files[at] < end; at++) {
      removal.remove(places.layout().placeOfDirectory(directory + "/" + name(files[at])));
    }
  }

  private static String name(long packed) {
    int segment = (int) (packed & (1 << SEGMENT_BITS) - 1);
    ForkNumber fork = ForkNumber.of((int) (packed >>> SEGMENT_BITS) & (1 << FORK_BITS) - 1);
    return (packed >>> (SEGMENT_BITS + FORK_BITS))
        + fork.suffix()
        + (segment == 0 ? "" : "." + segment);
  }
}
