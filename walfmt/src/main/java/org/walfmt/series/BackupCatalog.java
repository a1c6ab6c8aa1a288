package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /**
   * All commits in the archive, oldest first by start LSN, unreadable ones last.
   *
   * @throws org.walfmt.RefusedException if one is listed and cannot be had: without it, nobody
   *     knows which backup is the latest, or which is needed
   */
  public List<Entry> list() throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<String> names = archive.list();
    // A list that comes from afar is asked for once; it tells no lengths.
    Set<String> listed = archive.isLocal() ? Set.of() : Set.copyOf(names);
    for (String name : names) {
      Optional<BackupId> id = BackupId.ofCommit(name);
      if (id.isPresent()) {
        entries.add(
            entry(
                id.get(),
                commit ->
                    archive.isLocal()
                        ? missingSegment(commit)
                        : segments(commit).stream()
                            .filter(segment -> !listed.contains(segment))
                            .findFirst()));
      }
    }
    sort(entries);
    return entries;
  }

  private static void sort(List<Entry> entries) {
    entries.sort(
        Comparator.comparing((Entry e) -> e.summary().isEmpty())
            .thenComparing(
                (a, b) ->
                    a.summary().isPresent() && b.summary().isPresent()
                        ? a.summary().get().startLsn().compareTo(b.summary().get().startLsn())
                        : 0)
            .thenComparing(Entry::id));
  }

  /**
   * All that {@link #list} tells; or from an archive that can only be asked by name, this backup
   * and those it builds on, as far as their commits are there.
   */
  public List<Entry> listFor(BackupId id) throws IOException {
    if (archive.canList()) {
      return list();
    }
    Map<BackupId, Entry> chain = new LinkedHashMap<>();
    Optional<BackupId> next = Optional.of(id);
    while (next.isPresent() && !chain.containsKey(next.get())) {
      Optional<Entry> entry = entry(next.get());
      entry.ifPresent(found -> chain.put(found.id(), found));
      next = entry.flatMap(Entry::summary).flatMap(CommitFile.Summary::parent);
    }
    List<Entry> entries = new ArrayList<>(chain.values());
    sort(entries);
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

  /** Looks for one backup; empty if its commit is not there. */
  public Optional<Entry> entry(BackupId id) throws IOException {
    try {
      Optional<CommitFile.Summary> summary = find(id);
      return summary.isEmpty()
          ? Optional.empty()
          : Optional.of(new Entry(id, summary, missingSegment(summary.get()), Optional.empty()));
    } catch (WalFormatException e) {
      return Optional.of(new Entry(id, Optional.empty(), Optional.empty(), Optional.of(e)));
    }
  }

  /** Finds the first segment that is missing. */
  private interface SegmentSearch {
    Optional<String> missing(CommitFile.Summary summary) throws IOException;
  }

  private Entry entry(BackupId id, SegmentSearch search) throws IOException {
    try {
      CommitFile.Summary summary =
          find(id).orElseThrow(() -> new CorruptWalException("commit file vanished"));
      return new Entry(id, Optional.of(summary), search.missing(summary), Optional.empty());
    } catch (WalFormatException e) {
      return new Entry(id, Optional.empty(), Optional.empty(), Optional.of(e));
    }
  }

  /**
   * Reads a backup's commit; empty if the archive has none, which an archive from afar that cannot
   * list is asked more than once.
   *
   * @throws org.walfmt.RefusedException if the archive lists it, and it cannot be had
   */
  public Optional<CommitFile.Summary> find(BackupId id) throws IOException {
    Optional<SegmentInput> opened =
        archive.canList()
            ? archive.openListed(id.commitName())
            : archive.openExpected(id.commitName());
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
    return archive.firstMissing(segments(summary), summary.segmentSize().bytes());
  }

  private static List<String> segments(CommitFile.Summary summary) {
    List<String> names = new ArrayList<>();
    SegmentName segment = summary.firstSegment();
    while (segment.number() <= summary.lastSegment().number()) {
      names.add(segment.toString());
      segment = segment.next();
    }
    return names;
  }
}
