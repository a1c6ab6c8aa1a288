package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.segment.SegmentInput;

/**
 * Where segments, timeline histories and backup history files are kept, under their plain names.
 *
 * <p>Put twice with the same bytes is fine, with different bytes an error; what is there is never
 * changed. A name is visible only when its file is complete and safely stored. Safe for use by
 * several threads.
 */
public interface Archive extends Closeable {
  /** What follows the name of a series' first segment in that of its commit (rule NAME-6). */
  String COMMIT_SUFFIX = ".00000028.backup";

  /** What messages call this archive, a directory's path for one. */
  String description();

  /** Opens a file for reading; empty if the archive has none of this name. */
  Optional<SegmentInput> open(String name) throws IOException;

  /**
   * Opens a file that must be there, since something else tells of it. An archive whose files come
   * from afar asks more than once.
   */
  default Optional<SegmentInput> openExpected(String name) throws IOException {
    return open(name);
  }

  /**
   * Opens a file; one that the archive lists must be there.
   *
   * @return empty if the archive has none of this name
   * @throws RefusedException if it is listed, and cannot be had
   */
  default Optional<SegmentInput> openListed(String name) throws IOException {
    Optional<SegmentInput> opened = open(name);
    if (opened.isPresent() || isLocal() || !canList() || !list().contains(name)) {
      return opened;
    }
    opened = openExpected(name);
    if (opened.isPresent() || !list().contains(name)) { // it may have been removed meanwhile
      return opened;
    }
    throw new RefusedException(
        Reason.INCOMPLETE,
        "file " + name + " is listed, and cannot be fetched from archive \"" + description() + "\"",
        "the restore command says that there is none",
        "Run the restore command for it by hand to see why.");
  }

  /**
   * Opens a segment of a series that has a commit, so that it must be there. An archive whose files
   * come from afar asks more than once, and fetches those that follow ahead.
   *
   * @param last number of the series' last segment
   */
  default Optional<SegmentInput> openInSeries(SegmentName segment, long last) throws IOException {
    return open(segment.toString());
  }

  /**
   * Length in bytes of a file; empty if the archive has none of this name. In an archive that is
   * not {@link #isLocal} this fetches it; then the answer may be an earlier one for segments, which
   * never change.
   */
  Optional<Long> length(String name) throws IOException;

  /**
   * Begins a new file, which nobody sees before {@link PendingFile#publish}.
   *
   * @param exclusive publishing fails with {@link java.nio.file.FileAlreadyExistsException} if the
   *     name is taken, whatever the bytes; an archive that is not {@link #isLocal} looks only
   *     before the first file of a timeline
   */
  PendingFile create(String name, boolean exclusive) throws IOException;

  /**
   * Stores a copy of {@code file} under {@code name}.
   *
   * @return false if the same bytes were there already
   * @throws DifferentContentException if other bytes are there under this name
   */
  boolean put(String name, Path file) throws IOException;

  /**
   * Names of all visible files, in no order; files that are not archive files may be among them.
   *
   * @throws org.walfmt.RefusedException if the archive can only be asked by name
   */
  List<String> list() throws IOException;

  /** Whether {@link #list} can tell. */
  default boolean canList() {
    return true;
  }

  /**
   * The first of these files that is not in the archive, or of another length, as far as that can
   * be told without a transfer. Never an earlier answer.
   */
  Optional<String> firstMissing(List<String> names, long length) throws IOException;

  /**
   * The same of files that have just been put, as far as it can be told with a few transfers. A
   * list that does not have them yet is not believed.
   */
  default Optional<String> firstNotStored(List<String> names, long length) throws IOException {
    return firstMissing(names, length);
  }

  /**
   * Removes a file; nothing happens if there is none.
   *
   * @throws org.walfmt.RefusedException if nothing can be removed
   */
  void delete(String name) throws IOException;

  /** Whether {@link #delete} can remove a file. */
  default boolean canDelete() {
    return true;
  }

  /**
   * Whether files are at hand; else each is put and fetched in a transfer of its own, several side
   * by side, and a transfer that takes long may be interrupted.
   */
  default boolean isLocal() {
    return true;
  }

  /** How many files are put side by side. */
  default int transfers() {
    return 1;
  }

  /**
   * Takes out what a dead run left: the segments of a series timeline, unless it has a commit.
   *
   * @param tag of the run's files on their way
   * @return false if segments may be left that cannot be found, or not be removed
   */
  default boolean removeLeft(String timelineHex, String tag) throws IOException {
    if (!canList() || !canDelete()) {
      return false;
    }
    List<String> names =
        list().stream().filter(name -> name.startsWith(timelineHex)).sorted().toList();
    List<String> segments = new ArrayList<>(names.stream().filter(SegmentName::matches).toList());
    if (segments.isEmpty()
        || names.stream().anyMatch(name -> name.endsWith(COMMIT_SUFFIX))
        || hasCommit(segments.get(0))) {
      return true;
    }
    Collections.reverse(segments); // as long as there are any, the first tells the commit's name
    for (String segment : segments) {
      delete(segment);
    }
    return true;
  }

  /**
   * Whether the series that begins with a segment has a commit, be it listed or not: a list may lag
   * behind.
   */
  default boolean hasCommit(String firstSegment) throws IOException {
    Optional<SegmentInput> commit = openExpected(firstSegment + COMMIT_SUFFIX);
    if (commit.isPresent()) {
      commit.get().close();
    }
    return commit.isPresent();
  }

  /** Directory of this machine for what runs note about themselves. */
  Path runs();

  @Override
  default void close() throws IOException {}
}
