package org.walfmt.replayer.inplace;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file of the target that gets new contents. What is there already is read first and, if it is
 * the same, not written: of many files nothing has to change.
 */
final class EditedFile implements Closeable {
  private static final int PAGE_SIZE = 8192;

  private final Edits edits;
  private final Path file;
  private final int mode;
  private final boolean isOfRelation;
  private final Tally tally;
  private final ByteBuffer before;
  private final @Nullable FileChannel old;
  private Edits.@Nullable FileEdit edit;
  private long length;

  /**
   * Opens a file, or is going to make it.
   *
   * @param before scratch space, of which the contents do not matter
   * @param isOfRelation whether its pages count
   */
  EditedFile(Edits edits, Path file, int mode, boolean isOfRelation, Tally tally, ByteBuffer before)
      throws IOException {
    this.edits = edits;
    this.file = file;
    this.mode = mode;
    this.isOfRelation = isOfRelation;
    this.tally = tally;
    this.before = before;
    tally.nextFile();
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      old = FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
      length = old.size();
    } else {
      old = null;
    }
  }

  /** Puts what remains in a buffer, no more than fits {@code before}. */
  void put(long at, ByteBuffer bytes) throws IOException {
    int known = readOld(at, bytes.remaining());
    int begin = bytes.position();
    int end = bytes.limit();
    int run = -1;
    for (int offset = begin; offset < end; offset += PAGE_SIZE) {
      int size = Math.min(PAGE_SIZE, end - offset);
      int inOld = offset - begin;
      boolean same =
          inOld + size <= known && bytes.slice(offset, size).equals(before.slice(inOld, size));
      if (same && run >= 0) {
        write(at + run - begin, bytes, run, offset);
        run = -1;
      } else if (!same) {
        run = run < 0 ? offset : run;
        if (isOfRelation) {
          tally.countBlocks(1);
        }
      }
    }
    if (run >= 0) {
      write(at + run - begin, bytes, run, end);
    }
  }

  private int readOld(long at, int size) throws IOException {
    before.clear().limit(size);
    FileChannel open = old;
    if (open == null) {
      return 0;
    }
    long position = at;
    while (before.hasRemaining()) {
      int count = open.read(before, position);
      if (count < 0) {
        break;
      }
      position += count;
    }
    return before.position();
  }

  private void write(long at, ByteBuffer bytes, int from, int to) throws IOException {
    editor().write(at, bytes.slice(from, to - from));
    length = Math.max(length, at + to - from);
    tally.countBytes(to - from);
  }

  private Edits.FileEdit editor() throws IOException {
    Edits.FileEdit open = edit;
    if (open == null) {
      open = edits.open(file, mode);
      edit = open;
    }
    return open;
  }

  /**
   * Gives the file its length: cuts it, or makes it, if it is to be empty and is not there.
   *
   * @param touch whether a file that stays as it is is flushed all the same: an earlier run may
   *     have written it
   */
  void end(long wanted, boolean touch) throws IOException {
    if (length < wanted) {
      throw new IllegalStateException(file + " has " + length + " bytes, expected " + wanted);
    }
    if (length > wanted) {
      editor().cut(wanted);
      tally.countBytes(0);
    } else if (old == null && edit == null) {
      editor();
      tally.countBytes(0);
    } else if (touch) {
      editor();
    }
    close();
  }

  @Override
  public void close() throws IOException {
    Edits.FileEdit open = edit;
    edit = null;
    try {
      if (open != null) {
        open.close();
      }
    } finally {
      if (old != null) {
        old.close();
      }
    }
  }
}
