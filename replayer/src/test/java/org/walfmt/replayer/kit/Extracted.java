package org.walfmt.replayer.kit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.replayer.extract.ExtractSink;

/** Keeps what is extracted. */
public final class Extracted implements ExtractSink {
  private final List<ByteArrayOutputStream> files = new ArrayList<>();
  private boolean finished;

  @Override
  public void startFile(int segment) {
    if (segment != files.size()) {
      throw new IllegalStateException("file " + segment + " after " + files.size());
    }
    files.add(new ByteArrayOutputStream());
  }

  @Override
  public void bytes(ByteBuffer contents) {
    byte[] bytes = new byte[contents.remaining()];
    contents.get(bytes);
    files.get(files.size() - 1).writeBytes(bytes);
  }

  @Override
  public void finish() {
    finished = true;
  }

  /** Whether the end was told. */
  public boolean isFinished() {
    return finished;
  }

  /** The contents of each file. */
  public List<byte[]> files() {
    return files.stream().map(ByteArrayOutputStream::toByteArray).toList();
  }
}
