package org.walfmt.replayer.imports;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.archive.FileInput;
import org.walfmt.archive.SegmentProbe;
import org.walfmt.control.TimelineHistory;
import org.walfmt.manifest.WalRange;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.Rmgr;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;

/**
 * The ordinary WAL that a native backup needs: what of it is in its {@code pg_wal} and not in the
 * archive is put there. No manifest proves it, and under its name nothing else can be archived any
 * more: so it must be of this cluster, and all of it is read first. A segment of which the server
 * wrote more than the backup has must not be put either: the last one is only if it ends with a
 * switch.
 */
public final class ImportedWal {
  /** Where a plain backup has it. */
  static final String DIRECTORY = "pg_wal";

  private static final long MAX_HISTORY = 1 << 20;

  private final Archive archive;
  private final BaseBackup backup;
  private final Monitor monitor;
  private final SegmentSize size;
  private final StreamIdentity identity;
  private final Path directory;
  private final List<String> wanted = new ArrayList<>();
  private long copied;

  /** The WAL of {@code backup}. */
  public ImportedWal(Archive archive, BaseBackup backup, Monitor monitor) {
    this.archive = archive;
    this.backup = backup;
    this.monitor = monitor;
    this.size = backup.control().segmentSize();
    this.identity =
        new StreamIdentity(backup.control().version(), size, backup.control().systemIdentifier());
    this.directory = backup.directory().resolve(DIRECTORY);
  }

  /**
   * Finds out what is to be put.
   *
   * @param demanded whether each segment must be there or in the archive
   * @throws RefusedException if it is not
   * @throws WalFormatException if it is not the WAL that the backup needs
   */
  public void check(boolean demanded) throws IOException {
    if (demanded) {
      checkAll();
    } else {
      takeWhatIsThere();
    }
    if (!wanted.isEmpty() && demanded) {
      for (WalRange range : backup.walRanges()) {
        read(range);
      }
    }
    addHistories();
  }

  /** From the newest timeline to the oldest: a newer one goes on in a copy of the last segment. */
  private void checkAll() throws IOException {
    Set<Long> there = new HashSet<>();
    for (WalRange range : backup.walRanges()) {
      long last = size.segmentNumberBefore(range.end());
      for (long n = size.segmentNumber(range.start()); n <= last; n++) {
        SegmentName name = new SegmentName(range.timeline(), n, size);
        boolean isHere = isInArchive(name);
        if (!isHere && isWhole(name, range)) {
          wanted.add(name.toString());
          isHere = true;
        }
        if (isHere) {
          there.add(n);
        } else if (!there.contains(n)) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              "WAL segment " + name + " is neither in the archive nor whole in the backup",
              "the backup needs the WAL up to " + backup.stopLsn(),
              "Let the server archive it, or skip this check with --no-wal-check.");
        }
      }
    }
  }

  private void takeWhatIsThere() throws IOException {
    for (String file : names("*")) {
      Optional<SegmentName> name = SegmentName.parse(file, size);
      for (WalRange range : backup.walRanges()) {
        if (name.isPresent()
            && name.get().timeline().equals(range.timeline())
            && name.get().number() >= size.segmentNumber(range.start())
            && name.get().number() <= size.segmentNumberBefore(range.end())
            && !isInArchive(name.get())
            && isWhole(name.get(), range)) {
          wanted.add(file);
        }
      }
    }
  }

  private List<String> names(String pattern) throws IOException {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, pattern)) {
        all.forEach(file -> names.add(String.valueOf(file.getFileName())));
      }
    }
    names.sort(null);
    return names;
  }

  private boolean isInArchive(SegmentName name) throws IOException {
    Optional<Long> length = archive.length(name.toString());
    return length.isPresent() && length.get() == size.bytes();
  }

  private boolean isWhole(SegmentName name, WalRange range) throws IOException {
    Path file = directory.resolve(name.toString());
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == size.bytes()
        && isOfThisCluster(file, name)
        && (size.start(name.number() + 1).compareTo(range.end()) <= 0
            || endsWithSwitch(name, range));
  }

  /** Whether the first page is that of this segment, not of one that waits to be used again. */
  private boolean isOfThisCluster(Path file, SegmentName name) throws IOException {
    try {
      if (!SegmentProbe.identify(file).equals(identity)) {
        return false;
      }
    } catch (WalFormatException e) {
      return false;
    }
    ByteBuffer page = ByteBuffer.allocate(XLogPageHeader.LONG_LENGTH);
    try (FileInput input = FileInput.open(file)) {
      while (page.hasRemaining() && input.read(page) >= 0) {
        // the header
      }
    }
    return XLogPageHeader.pageAddress(page.order(ByteOrder.LITTLE_ENDIAN), 0)
        == name.start().value();
  }

  /** Whether the record at the end of the range, where the backup stopped, switches segments. */
  private boolean endsWithSwitch(SegmentName name, WalRange range) throws IOException {
    try (WalReader wal =
        new WalReader(
            new Segments(List.of(name.timeline())),
            identity,
            range.end(),
            false,
            WalReader.MIN_KEEP)) {
      return wal.next()
          && wal.rmid() == Rmgr.XLOG
          && wal.info() == Rmgr.XLOG_SWITCH
          && new Lsn(wal.lsn()).compareTo(size.start(name.number() + 1)) < 0;
    } catch (WalFormatException e) {
      return false; // whatever is there, it is no switch
    }
  }

  /** Reads each record of a range and checks its CRC. */
  private void read(WalRange range) throws IOException {
    List<TimelineId> timelines = new ArrayList<>(List.of(range.timeline()));
    backup.walRanges().stream().map(WalRange::timeline).forEach(timelines::add);
    monitor.phase("read WAL", range.end().value() - range.start().value());
    try (WalReader wal =
        new WalReader(
            new Segments(timelines), identity, range.start(), false, WalReader.MIN_KEEP)) {
      long reached = range.start().value();
      while (Long.compareUnsigned(reached, range.end().value()) < 0) {
        if (!wal.next()) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              "the WAL of " + backup.description() + " ends at " + new Lsn(reached),
              "the backup needs it up to " + range.end() + " on timeline " + range.timeline(),
              "");
        }
        monitor.advance(wal.endLsn() - reached);
        reached = wal.endLsn();
      }
    }
  }

  /** Segments that are to be put out of the backup, the others out of the archive. */
  private final class Segments implements SegmentSource {
    private final List<TimelineId> timelines;

    Segments(List<TimelineId> timelines) {
      this.timelines = timelines;
    }

    @Override
    public Optional<SegmentInput> open(long number) throws IOException {
      for (TimelineId timeline : timelines) {
        SegmentName name = new SegmentName(timeline, number, size);
        Path file = directory.resolve(name.toString());
        Optional<SegmentInput> found =
            wanted.contains(name.toString()) ? Optional.empty() : archive.open(name.toString());
        if (found.isPresent()) {
          return found;
        } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          return Optional.of(FileInput.open(file));
        }
      }
      return Optional.empty();
    }

    @Override
    public String name(long number) {
      return new SegmentName(timelines.get(0), number, size).toString();
    }
  }

  /**
   * Timeline histories that led to the backup. One of a later timeline would be followed by every
   * recovery to the latest, so that none is taken from a directory that nobody proves.
   */
  private void addHistories() throws IOException {
    for (String name : names("*.history")) {
      if (name.matches("[0-7][0-9A-F]{7}\\.history") && archive.length(name).isEmpty()) {
        TimelineId timeline = TimelineId.of(Long.parseLong(name.substring(0, 8), 16));
        if (timeline.compareTo(backup.stopTimeline()) <= 0
            && history(directory, timeline).isPresent()) {
          wanted.add(name);
        }
      }
    }
  }

  /** The history of a timeline in a backup's {@code pg_wal}; empty if it is not there. */
  static Optional<TimelineHistory> history(Path directory, TimelineId timeline) throws IOException {
    Path file = directory.resolve(TimelineHistory.fileName(timeline));
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_HISTORY) {
      return Optional.empty();
    }
    return Optional.of(
        TimelineHistory.parse(timeline, Files.readString(file, StandardCharsets.UTF_8)));
  }

  /** Puts it. */
  public void put() throws IOException {
    for (String name : wanted) {
      if (archive.put(name, directory.resolve(name)) && SegmentName.matches(name)) {
        copied++;
      }
    }
    if (copied > 0) {
      monitor.info("put " + copied + " segments of ordinary WAL into the archive");
    }
  }

  /** Segments that were put. */
  public long copied() {
    return copied;
  }
}
