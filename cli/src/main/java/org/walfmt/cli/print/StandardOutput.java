package org.walfmt.cli.print;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Standard output with a buffer, UTF-8, that remembers why it failed; {@link System#out} forgets.
 */
public final class StandardOutput extends OutputStream {
  private static final int BUFFER_SIZE = 64 << 10;

  private final OutputStream out = new FileOutputStream(FileDescriptor.out);
  private final byte[] buffer = new byte[BUFFER_SIZE];
  private int length;
  private Optional<IOException> failure = Optional.empty();

  /** What commands print to. */
  public PrintWriter writer() {
    return new PrintWriter(this, false, StandardCharsets.UTF_8);
  }

  /** Why output failed; empty if all went well. */
  public Optional<IOException> failure() {
    return failure;
  }

  /** Whether the reader went away, as {@code head} does: nobody wants to hear about that. */
  public static boolean isBrokenPipe(IOException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("broken pipe");
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    int done = 0;
    while (done < count) {
      int piece = Math.min(count - done, BUFFER_SIZE - length);
      System.arraycopy(bytes, from + done, buffer, length, piece);
      length += piece;
      done += piece;
      if (length == BUFFER_SIZE) {
        flush();
      }
    }
  }

  @Override
  public void flush() throws IOException {
    if (failure.isPresent()) {
      length = 0;
      throw failure.get();
    }
    try {
      out.write(buffer, 0, length);
    } catch (IOException e) {
      failure = Optional.of(e);
      throw e;
    } finally {
      length = 0;
    }
  }
}
