package org.walfmt.writer.summaries;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.archive.DirectoryLock;
import org.walfmt.archive.PendingFile;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.SummaryFile;
import org.walfmt.summary.SummaryName;

/**
 * A directory of summaries: walfmt's own, which tells of which WAL it has them, or a server's
 * {@code pg_wal/summaries}, which is only read. Other files in it are passed over.
 *
 * <p>A summary appears under its name when it is complete and flushed.
 */
public final class SummaryDirectory {
  /** By timeline, then by start, then by end. */
  public static final Comparator<SummaryName> ORDER =
      Comparator.comparing(SummaryName::timeline)
          .thenComparing(SummaryName::start)
          .thenComparing(SummaryName::end);

  private static final String LOCK_NAME = "walfmt-summaries.lock";
  private static final String TAG = "summary";
  private static final int BUFFER_SIZE = 64 << 10;

  private final DirectoryArchive files;

  /**
   * Opens it for reading; nothing is read yet.
   *
   * @param directory must exist
   */
  public SummaryDirectory(Path directory) throws IOException {
    files = new DirectoryArchive(directory, TAG);
  }

  /** The directory itself. */
  public Path path() {
    return files.directory();
  }

  /** Of which WAL it has summaries; empty if it does not tell, as a server's. */
  public Optional<StreamIdentity> identity() throws IOException {
    Path file = path().resolve(SummaryIdentity.FILE_NAME);
    try {
      return Optional.of(SummaryIdentity.decode(Files.readAllBytes(file), file.toString()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Refuses a directory of walfmt's own that has summaries of other WAL than {@code wanted}, or
   * that has summaries and does not tell of which WAL.
   */
  public void requireOf(StreamIdentity wanted) throws IOException {
    Optional<StreamIdentity> found = identity();
    if (found.isEmpty()) {
      if (list().isEmpty()) {
        return;
      }
      throw new RefusedException(
          Reason.MISMATCH,
          "directory \"" + path() + "\" has summaries, but does not tell of which WAL",
          "file \"" + SummaryIdentity.FILE_NAME + "\" is missing",
          "Only \"walfmt summarize\" makes such a directory; it begins with an empty one.");
    } else if (!found.get().equals(wanted)) {
      throw new RefusedException(
          Reason.MISMATCH,
          "directory \"" + path() + "\" has summaries of other WAL",
          "they are of " + describe(found.get()) + ", the WAL is of " + describe(wanted),
          "Use another directory for each cluster, and a new one after pg_upgrade.");
    }
  }

  private static String describe(StreamIdentity identity) {
    return "system "
        + Long.toUnsignedString(identity.systemIdentifier())
        + ", PostgreSQL "
        + identity.version()
        + ", segments of "
        + (identity.segmentSize().bytes() >> 20)
        + " MB";
  }

  /** All summaries, in order. */
  public List<SummaryName> list() throws IOException {
    List<SummaryName> names = new ArrayList<>();
    for (String name : files.list()) {
      SummaryName.parse(name).ifPresent(names::add);
    }
    names.sort(ORDER);
    return names;
  }

  /** Size in bytes of a summary; empty if there is none of this name any more. */
  public Optional<Long> size(SummaryName name) throws IOException {
    return files.length(name.toString());
  }

  /** When a summary was written; empty if there is none of this name any more. */
  public Optional<Instant> time(SummaryName name) throws IOException {
    try {
      return Optional.of(Files.getLastModifiedTime(path().resolve(name.toString())).toInstant());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Adds what a summary tells, as later than all in {@code changes}, which stays as it is if the
   * file is damaged.
   *
   * @throws NoSuchFileException if it is gone: replaced by one that ends later, or pruned
   */
  public void read(SummaryName name, BlockChanges changes) throws IOException {
    Path file = path().resolve(name.toString());
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_SIZE)) {
      SummaryFile.read(in, file.toString(), changes);
    }
  }

  /**
   * Claims it for writing summaries of one WAL, which it tells from now on. What a killed run left
   * half-written is removed.
   *
   * @return to be closed at the end
   * @throws RefusedException if another run has it, or it has summaries of other WAL
   */
  public DirectoryLock claim(StreamIdentity identity) throws IOException {
    DirectoryLock lock =
        DirectoryLock.tryLock(path(), LOCK_NAME)
            .orElseThrow(
                () ->
                    new RefusedException(
                        Reason.PRECONDITION,
                        "another walfmt writes summaries into \"" + path() + "\"",
                        "file \"" + LOCK_NAME + "\" there is locked",
                        ""));
    try {
      requireOf(identity);
      files.removeTemporary();
      if (identity().isEmpty()) {
        write(SummaryIdentity.FILE_NAME, out -> out.write(SummaryIdentity.encode(identity)));
      }
      return lock;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * The last record that is summed up before {@code end}, along a history; empty if no file tells,
   * as in a server's directory, or between two summaries.
   */
  public Optional<Lsn> lastRecord(TimelineHistory history, Lsn end) throws IOException {
    TimelineId timeline = history.timelineAt(end.plus(-1));
    return lastRecords().stream()
        .filter(last -> last.end().equals(end) && last.timeline().equals(timeline))
        .map(LastRecord::record)
        .findFirst();
  }

  private List<LastRecord> lastRecords() throws IOException {
    List<LastRecord> found = new ArrayList<>();
    for (String name : files.list()) {
      LastRecord.parse(name).ifPresent(found::add);
    }
    return found;
  }

  /**
   * Writes a summary, then removes those of the same start that end before it. Which record is its
   * last is there before it is: without a summary that ends there, it tells nothing.
   *
   * @param last LSN of the last record in it
   */
  void put(SummaryName name, Lsn last, BlockChanges changes) throws IOException {
    LastRecord record = new LastRecord(name.timeline(), name.end(), last);
    write(record.toString(), out -> {});
    write(name.toString(), out -> SummaryFile.write(changes, out));
    for (SummaryName other : list()) {
      boolean isShorter =
          other.timeline().equals(name.timeline())
              && other.start().equals(name.start())
              && other.end().isBefore(name.end());
      if (isShorter) {
        remove(other);
      }
    }
    for (LastRecord other : lastRecords()) {
      if (other.timeline().equals(record.timeline()) && other.end().isBefore(record.end())) {
        files.delete(other.toString());
      }
    }
  }

  /** Removes a summary; nothing happens if there is none of this name. */
  public void remove(SummaryName name) throws IOException {
    files.delete(name.toString());
  }

  /** What is in a file. */
  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private void write(String name, Content content) throws IOException {
    try (PendingFile file = files.create(name, false)) {
      OutputStream out = new BufferedOutputStream(new Appender(file), BUFFER_SIZE);
      content.writeTo(out);
      out.flush();
      file.publish();
    }
  }

  /** A stream into a file. */
  private static final class Appender extends OutputStream {
    private final PendingFile file;

    Appender(PendingFile file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      file.write(ByteBuffer.wrap(new byte[] {(byte) b}));
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      file.write(ByteBuffer.wrap(bytes, from, count));
    }
  }
}
