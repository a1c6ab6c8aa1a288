package org.walfmt.replayer.imports;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.archive.FileInput;
import org.walfmt.manifest.WalRange;
import org.walfmt.record.Rmgr;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;

/**
 * The ordinary WAL that a native backup needs: what of it is in its {@code pg_wal} and not in the
 * archive is put there. A segment of which the server wrote more than the backup has must not be,
 * or the server could not archive its own: the last one is put only if it ends with a switch.
 */
public final class ImportedWal {
  private final Archive archive;
  private final BaseBackup backup;
  private final Monitor monitor;
  private final SegmentSize size;
  private final Path directory;
  private final List<String> wanted = new ArrayList<>();
  private long copied;

  /** The WAL of {@code backup}. */
  public ImportedWal(Archive archive, BaseBackup backup, Monitor monitor) {
    this.archive = archive;
    this.backup = backup;
    this.monitor = monitor;
    this.size = backup.control().segmentSize();
    this.directory = backup.directory().resolve("pg_wal");
  }

  /**
   * Finds out what is to be put.
   *
   * @param demanded whether each segment must be there or in the archive
   * @throws RefusedException if it is not
   */
  public void check(boolean demanded) throws IOException {
    TreeSet<Long> there = new TreeSet<>();
    List<SegmentName> missing = new ArrayList<>();
    for (WalRange range : backup.walRanges()) {
      long last = size.segmentNumberBefore(range.end());
      for (long n = size.segmentNumber(range.start()); n <= last; n++) {
        SegmentName name = new SegmentName(range.timeline(), n, size);
        if (isInArchive(name)) {
          there.add(n);
        } else if (isWhole(name, range)) {
          there.add(n);
          wanted.add(name.toString());
        } else {
          missing.add(name);
        }
      }
    }
    for (SegmentName name : missing) {
      if (demanded && !there.contains(name.number())) {
        throw new RefusedException(
            Reason.INCOMPLETE,
            "WAL segment " + name + " is neither in the archive nor whole in the backup",
            "the backup needs the WAL up to " + backup.stopLsn(),
            "Let the server archive it, or skip this check with --no-wal-check.");
      }
    }
    addHistories();
  }

  private boolean isInArchive(SegmentName name) throws IOException {
    Optional<Long> length = archive.length(name.toString());
    return length.isPresent() && length.get() == size.bytes();
  }

  private boolean isWhole(SegmentName name, WalRange range) throws IOException {
    Path file = directory.resolve(name.toString());
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != size.bytes()) {
      return false;
    }
    return size.start(name.number() + 1).compareTo(range.end()) <= 0 || endsWithSwitch(name, range);
  }

  /** Whether the record at the end of the range, where the backup stopped, switches segments. */
  private boolean endsWithSwitch(SegmentName name, WalRange range) throws IOException {
    StreamIdentity identity =
        new StreamIdentity(backup.control().version(), size, backup.control().systemIdentifier());
    try (WalReader wal =
        new WalReader(
            new OneSegment(directory, name), identity, range.end(), false, WalReader.MIN_KEEP)) {
      return wal.next()
          && wal.rmid() == Rmgr.XLOG
          && wal.info() == Rmgr.XLOG_SWITCH
          && new Lsn(wal.lsn()).compareTo(size.start(name.number() + 1)) < 0;
    } catch (WalFormatException e) {
      return false; // whatever is there, it is no switch
    }
  }

  private record OneSegment(Path directory, SegmentName segment) implements SegmentSource {
    @Override
    public Optional<SegmentInput> open(long number) throws IOException {
      return number == segment.number()
          ? Optional.of(FileInput.open(directory.resolve(segment.toString())))
          : Optional.empty();
    }

    @Override
    public String name(long number) {
      return new SegmentName(segment.timeline(), number, segment.size()).toString();
    }
  }

  private void addHistories() throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "*.history")) {
      for (Path file : all) {
        String name = String.valueOf(file.getFileName());
        if (name.matches("[0-7][0-9A-F]{7}\\.history") && archive.length(name).isEmpty()) {
          wanted.add(name);
        }
      }
    }
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
