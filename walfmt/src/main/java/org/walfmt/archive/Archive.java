package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
  /** What messages call this archive, a directory's path for one. */
  String description();

  /** Opens a file for reading; empty if the archive has none of this name. */
  Optional<SegmentInput> open(String name) throws IOException;

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
    List<String> names = list();
    boolean committed =
        names.stream().anyMatch(n -> n.startsWith(timelineHex) && n.endsWith(".backup"));
    if (!committed) {
      for (String name : names) {
        if (name.startsWith(timelineHex) && SegmentName.matches(name)) {
          delete(name);
        }
      }
    }
    return true;
  }

  /** Directory of this machine for what runs note about themselves. */
  Path runs();

  @Override
  default void close() throws IOException {}
}
