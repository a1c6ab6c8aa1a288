package org.walfmt.replayer.imports;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.control.TimelineHistory;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.manifest.ManifestSummary;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.base.ManifestLengths;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.Histories;
import org.walfmt.series.Parent;
import org.walfmt.series.Series;

/**
 * What a native incremental builds on: the backup in the archive that starts where its label says,
 * or a native base backup, known by its manifest.
 */
public final class ImportParent implements Closeable {
  private static final long NONE = -1;

  private final @Nullable Parent note;
  private final String description;
  private final @Nullable ForkInventory inventory;
  private final @Nullable ManifestLengths lengths;

  private ImportParent(
      @Nullable Parent note,
      String description,
      @Nullable ForkInventory inventory,
      @Nullable ManifestLengths lengths) {
    this.note = note;
    this.description = description;
    this.inventory = inventory;
    this.lengths = lengths;
  }

  /** That of a full backup. */
  public static ImportParent none() {
    return new ImportParent(null, "no backup", null, null);
  }

  /**
   * Finds it.
   *
   * @param wanted an id, its first eight digits, or a path of a manifest; empty for the backup in
   *     the archive that fits
   * @throws RefusedException if there is none, or it does not fit
   */
  public static ImportParent find(
      Archive archive, Optional<String> wanted, BaseBackup child, BackupLabel.IncrementalFrom from)
      throws IOException {
    if (wanted.isPresent() && (wanted.get().contains("/") || Files.exists(Path.of(wanted.get())))) {
      return ofManifest(Path.of(wanted.get()), child, from);
    }
    List<CommitFile.Summary> fitting =
        candidates(archive, wanted)
            .filter(each -> each.systemIdentifier() == child.control().systemIdentifier())
            .filter(each -> each.startLsn().equals(from.lsn()))
            .filter(each -> each.startTimeline().equals(from.timeline()))
            .toList();
    if (fitting.size() != 1) {
      throw new RefusedException(
          fitting.isEmpty() ? Reason.INCOMPLETE : Reason.MISMATCH,
          fitting.isEmpty()
              ? "the backup that " + child.description() + " builds on is not in the archive"
              : child.description() + " may build on more than one backup",
          "it starts at "
              + from.lsn()
              + " on timeline "
              + from.timeline()
              + (fitting.isEmpty()
                  ? ""
                  : ": " + fitting.stream().map(CommitFile.Summary::id).toList()),
          fitting.isEmpty()
              ? "Import that one first, or name its backup_manifest with --parent."
              : "Name one of them with --parent.");
    }
    Series series = Series.open(archive, fitting.get(0));
    check(archive, series, child);
    return new ImportParent(
        new Parent.Series(series.id(), series.begin().nonce()),
        "backup " + series.id(),
        new ForkInventory(series, 128 << 10),
        null);
  }

  /** A whole id is enough where an archive has no list. */
  private static Stream<CommitFile.Summary> candidates(Archive archive, Optional<String> wanted)
      throws IOException {
    BackupCatalog catalog = new BackupCatalog(archive);
    if (wanted.isPresent() && BackupId.matches(wanted.get())) {
      Optional<CommitFile.Summary> found = catalog.find(new BackupId(wanted.get()));
      return found.isPresent() && catalog.missingSegment(found.get()).isEmpty()
          ? found.stream()
          : Stream.empty();
    }
    return catalog.list().stream()
        .filter(BackupCatalog.Entry::isComplete)
        .flatMap(entry -> entry.summary().stream())
        .filter(each -> wanted.map(word -> each.id().isNamedBy(word)).orElse(true));
  }

  private static void check(Archive archive, Series parent, BaseBackup child) throws IOException {
    ControlFile control = child.control();
    String description = "backup " + parent.id();
    require(
        parent.begin().version() == control.version(), description, "is of another major", child);
    require(
        parent.begin().segmentSize().equals(control.segmentSize()),
        description,
        "has another segment size",
        child);
    require(
        parent.begin().checksums() == control.dataChecksums(),
        description,
        "was taken with data checksums set otherwise",
        child);
    Lsn stop = parent.end().stopLsn();
    require(!stop.isAfter(child.stopLsn()), description, "stops later, at " + stop, child);
    TimelineId timeline = child.stopTimeline();
    boolean same =
        timeline.equals(parent.end().stopTimeline())
            && timeline.equals(parent.begin().startTimeline());
    if (!same) {
      TimelineHistory history = history(archive, timeline, child);
      require(
          history.includes(parent.begin().startTimeline(), parent.begin().startLsn())
              && history.includesUpTo(parent.end().stopTimeline(), stop),
          description,
          "is not on its history",
          child);
    }
  }

  /** Out of the archive or, as after a promotion that no archive has seen, out of the backup. */
  private static TimelineHistory history(Archive archive, TimelineId timeline, BaseBackup child)
      throws IOException {
    Histories histories = new Histories(archive);
    Optional<TimelineHistory> known = histories.find(timeline);
    if (known.isEmpty()) {
      known = ImportedWal.history(child.directory().resolve(ImportedWal.DIRECTORY), timeline);
    }
    return known.isPresent() ? known.get() : histories.require(timeline);
  }

  private static void require(boolean holds, String parent, String fact, BaseBackup child)
      throws RefusedException {
    if (!holds) {
      throw new RefusedException(
          Reason.MISMATCH,
          parent + " is none that " + child.description() + " can build on",
          "it " + fact,
          "");
    }
  }

  private static ImportParent ofManifest(
      Path given, BaseBackup child, BackupLabel.IncrementalFrom from) throws IOException {
    Path manifest = Files.isDirectory(given) ? given.resolve(BackupManifestReader.NAME) : given;
    ManifestLengths lengths = new ManifestLengths(child.control().version());
    ManifestSummary summary;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(manifest))) {
      summary = BackupManifestReader.read(in, lengths::add);
    }
    lengths.sort();
    String description = "base backup of manifest \"" + manifest + "\"";
    WalRange first = summary.walRanges().get(summary.walRanges().size() - 1);
    require(
        first.start().equals(from.lsn()) && first.timeline().equals(from.timeline()),
        description,
        "starts at " + first.start() + " on timeline " + first.timeline(),
        child);
    require(
        summary.systemIdentifier().isEmpty()
            || summary.systemIdentifier().getAsLong() == child.control().systemIdentifier(),
        description,
        "is of another cluster",
        child);
    return new ImportParent(new Parent.Manifest(summary.sha256()), description, null, lengths);
  }

  /** For the begin note; empty for a full backup. */
  public Optional<Parent> note() {
    return Optional.ofNullable(note);
  }

  String description() {
    return description;
  }

  /** Length of a fork, asked for in order; -1 if it is not there. */
  long blocks(RelFileLocator locator, ForkNumber fork) throws IOException {
    if (lengths != null) {
      return lengths.blocks(locator, fork);
    }
    ForkInventory forks = inventory;
    if (forks == null) {
      return NONE;
    }
    ForkEntry entry = forks.current() == null ? forks.next() : forks.current();
    while (entry != null && compare(entry, locator, fork) < 0) {
      entry = forks.next();
    }
    return entry != null && compare(entry, locator, fork) == 0 ? entry.blocks() : NONE;
  }

  private static int compare(ForkEntry entry, RelFileLocator locator, ForkNumber fork) {
    int order = entry.locator().compareTo(locator);
    return order != 0 ? order : entry.fork().compareTo(fork);
  }

  @Override
  public void close() throws IOException {
    if (inventory != null) {
      inventory.close();
    }
  }
}
