package org.walfmt.replayer.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.walfmt.replayer.datadir.FileSink;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/** Hands the files that a merge yields to a sink of files; forks do not come this way. */
final class OtherFiles implements MergeSink {
  private final FileSink sink;
  private long files;

  OtherFiles(FileSink sink) {
    this.sink = sink;
  }

  /** Files that came. */
  long files() {
    return files;
  }

  @Override
  public void directory(PathEntry.Directory directory) throws IOException {
    sink.directory(directory);
  }

  @Override
  public void tablespace(PathEntry.Tablespace tablespace) throws IOException {
    sink.tablespace(tablespace);
  }

  @Override
  public void startFork(ForkEntry fork) {
    throw new IllegalStateException("fork among files");
  }

  @Override
  public ByteBuffer take() throws IOException {
    return sink.take();
  }

  @Override
  public void blocks(long first, ByteBuffer pages) {
    throw new IllegalStateException("blocks among files");
  }

  @Override
  public void endFork() {
    throw new IllegalStateException("fork among files");
  }

  @Override
  public void startFile(PathEntry.RegularFile file) throws IOException {
    files++;
    sink.startFile(file);
  }

  @Override
  public void bytes(ByteBuffer contents) throws IOException {
    sink.bytes(contents);
  }

  @Override
  public void endFile() throws IOException {
    sink.endFile();
  }
}
