package org.walfmt.replayer.inplace;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Does nothing: for who only wants to know what would be done. */
public final class NoEdits implements Edits {
  private static final FileEdit NOTHING =
      new FileEdit() {
        @Override
        public void write(long at, ByteBuffer bytes) {
          bytes.position(bytes.limit());
        }

        @Override
        public void cut(long length) {}

        @Override
        public void close() {}
      };

  @Override
  public void makeDirectory(Path directory, int mode) {}

  @Override
  public void link(Path link, Path target) {}

  @Override
  public void delete(Path path) {}

  @Override
  public void move(Path from, Path to) {}

  @Override
  public FileEdit open(Path file, int mode) {
    return NOTHING;
  }

  @Override
  public void flush(Path directory) {}

  @Override
  public void await() {}

  @Override
  public void close() {}
}
