package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.SegmentName;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.segment.SegmentInput;

/** The backups in an archive, as their commits tell. */
public final class BackupCatalog {
  private static final int MAX_COMMIT = 64 << 10;

  private final Archive archive;

  /** The backups of {@code archive}. */
  public BackupCatalog(Archive archive) {
    this.archive = archive;
  }

  /**
   * A commit that was found.
   *
   * @param summary empty if it cannot be read
   * @param missingSegment the first segment of the series that is not in the archive, if any
   * @param problem why the summary is empty
   */
  public record Entry(
      BackupId id,
      Optional<CommitFile.Summary> summary,
      Optional<String> missingSegment,
      Optional<WalFormatException> problem) {
    /** Whether the commit is sound and all segments are there. */
    public boolean isComplete() {
      return summary.isPresent() && missingSegment.isEmpty();
    }
  }

  /** All commits in the archive, oldest first by start LSN, unreadable ones last. */
  public List<Entry> list() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (String name : archive.list()) {
      Optional<BackupId> id = BackupId.ofCommit(name);
      if (id.isPresent()) {
        entries.add(entry(id.get()));
      }
    }
    entries.sort(
        Comparator.comparing((Entry e) -> e.summary().isEmpty())
            .thenComparing(
                (a, b) ->
                    a.summary().isPresent() && b.summary().isPresent()
                        ? a.summary().get().startLsn().compareTo(b.summary().get().startLsn())
                        : 0)
            .thenComparing(Entry::id));
    return entries;
  }

  /**
   * What a backup builds on: the backup that its commit names, or else a complete one that stands
   * for that since a merge (rule MERGE-7). Empty if there is neither, or if it builds on none.
   *
   * @param all of the archive
   */
  public static Optional<Entry> parent(CommitFile.Summary child, List<Entry> all) {
    if (child.parent().isEmpty()) {
      return Optional.empty();
    }
    BackupId id = child.parent().get();
    return all.stream()
        .filter(entry -> entry.id().equals(id))
        .findFirst()
        .or(() -> all.stream().filter(entry -> standsForParent(entry, id, child)).findFirst());
  }

  private static boolean standsForParent(Entry entry, BackupId id, CommitFile.Summary child) {
    return entry.isComplete()
        && entry.summary().isPresent()
        && entry.summary().get().replaces().contains(id)
        && entry.summary().get().startLsn().equals(child.referenceLsn())
        && entry.summary().get().startTimeline().equals(child.referenceTimeline());
  }

  private Entry entry(BackupId id) throws IOException {
    try {
      CommitFile.Summary summary =
          find(id).orElseThrow(() -> new CorruptWalException("commit file vanished"));
      return new Entry(id, Optional.of(summary), missingSegment(summary), Optional.empty());
    } catch (WalFormatException e) {
      return new Entry(id, Optional.empty(), Optional.empty(), Optional.of(e));
    }
  }

  /** Reads a backup's commit; empty if the archive has none. */
  public Optional<CommitFile.Summary> find(BackupId id) throws IOException {
    Optional<SegmentInput> opened = archive.open(id.commitName());
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(MAX_COMMIT + 1);
    try (SegmentInput input = opened.get()) {
      int count = 0;
      while (bytes.hasRemaining() && count >= 0) {
        count = input.read(bytes);
      }
    }
    byte[] content = new byte[bytes.position()];
    bytes.get(0, content);
    return Optional.of(CommitFile.decode(id, content));
  }

  /**
   * The first segment of the series that is not in the archive, or not whole, as far as that can be
   * told without fetching them all.
   */
  public Optional<String> missingSegment(CommitFile.Summary summary) throws IOException {
    List<String> names = new ArrayList<>();
    SegmentName segment = summary.firstSegment();
    while (segment.number() <= summary.lastSegment().number()) {
      names.add(segment.toString());
      segment = segment.next();
    }
    return archive.firstMissing(names, summary.segmentSize().bytes());
  }
}
