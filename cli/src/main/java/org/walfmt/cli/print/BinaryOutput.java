package org.walfmt.cli.print;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.walfmt.replayer.extract.ExtractSink;

/** Bytes on standard output, of one file after the other. */
public final class BinaryOutput extends OutputStream implements ExtractSink {
  private final StandardOutput out = new StandardOutput();
  private final byte[] piece = new byte[64 << 10];

  @Override
  public void startFile(int segment) {
    // one stream has them all
  }

  @Override
  public void bytes(ByteBuffer contents) throws IOException {
    while (contents.hasRemaining()) {
      int count = Math.min(piece.length, contents.remaining());
      contents.get(piece, 0, count);
      write(piece, 0, count);
    }
  }

  @Override
  public void finish() throws IOException {
    flush();
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static IOException failed(IOException e) {
    return StandardOutput.isBrokenPipe(e)
        ? new OutputFailedException()
        : new IOException("could not write to standard output: " + e.getMessage(), e);
  }
}
