package org.walfmt.replayer.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.walfmt.replayer.inplace.Edits;

/** Lets so many changes through, half of the next one if it writes, and no more. */
public final class FailingEdits implements Edits {
  private final Edits edits;
  private final int allowed;
  private int count;

  public FailingEdits(Edits edits, int allowed) {
    this.edits = edits;
    this.allowed = allowed;
  }

  /** Changes that were asked for. */
  public int count() {
    return count;
  }

  private void step() throws IOException {
    if (count++ >= allowed) {
      throw new IOException("killed");
    }
  }

  @Override
  public void makeDirectory(Path directory, int mode) throws IOException {
    step();
    edits.makeDirectory(directory, mode);
  }

  @Override
  public void link(Path link, Path target) throws IOException {
    step();
    edits.link(link, target);
  }

  @Override
  public void delete(Path path) throws IOException {
    step();
    edits.delete(path);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    step();
    edits.move(from, to);
  }

  @Override
  public FileEdit open(Path file, int mode) throws IOException {
    step();
    FileEdit edit = edits.open(file, mode);
    return new FileEdit() {
      @Override
      public void write(long at, ByteBuffer bytes) throws IOException {
        if (count >= allowed) {
          edit.write(at, bytes.limit(bytes.position() + bytes.remaining() / 2));
        }
        step();
        edit.write(at, bytes);
      }

      @Override
      public void cut(long length) throws IOException {
        step();
        edit.cut(length);
      }

      @Override
      public void close() throws IOException {
        edit.close();
      }
    };
  }

  @Override
  public void flush(Path directory) throws IOException {
    edits.flush(directory);
  }

  @Override
  public void await() throws IOException {
    edits.await();
  }

  @Override
  public void close() throws IOException {
    edits.close();
  }
}
