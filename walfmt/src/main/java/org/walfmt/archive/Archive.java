package org.walfmt.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.walfmt.segment.SegmentInput;

/**
 * Where segments, timeline histories and backup history files are kept, under their plain names.
 *
 * <p>Put twice with the same bytes is fine, with different bytes an error; what is there is never
 * changed. A name is visible only when its file is complete and safely stored. Safe for use by
 * several threads.
 */
public interface Archive {
  /** What messages call this archive, a directory's path for one. */
  String description();

  /** Opens a file for reading; empty if the archive has none of this name. */
  Optional<SegmentInput> open(String name) throws IOException;

  /** Length in bytes of a file; empty if the archive has none of this name. */
  Optional<Long> length(String name) throws IOException;

  /**
   * Begins a new file, which nobody sees before {@link PendingFile#publish}.
   *
   * @param exclusive publishing fails with {@link java.nio.file.FileAlreadyExistsException} if the
   *     name is taken, whatever the bytes
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
   */
  List<String> list() throws IOException;

  /** Removes a file; nothing happens if there is none. */
  void delete(String name) throws IOException;
}
