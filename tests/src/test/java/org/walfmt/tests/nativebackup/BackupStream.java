package org.walfmt.tests.nativebackup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.tests.nativebackup.ReplicationClient.Message;

/**
 * The answer to {@code BASE_BACKUP} of 15 and later: tar archives and a manifest in one copy, each
 * message beginning with a letter.
 *
 * <p>Source: PostgreSQL 15, {@code backup/basebackup_copy.c}.
 */
final class BackupStream {
  private static final char NEW_ARCHIVE = 'n';
  private static final char MANIFEST = 'm';
  private static final char CONTENTS = 'd';
  private static final char PROGRESS = 'p';

  /**
   * An archive or the manifest.
   *
   * @param name of the archive, such as {@code base.tar}; empty if it is the manifest
   */
  record Part(Optional<String> name, InputStream contents) {}

  private final ReplicationClient client;
  private @Nullable Message ahead;

  private BackupStream(ReplicationClient client) {
    this.client = client;
  }

  /** Sends the command and passes over the rows before the copy. */
  static BackupStream start(ReplicationClient client, String command) throws IOException {
    client.send(command);
    client.skipTo(ReplicationClient.COPY_OUT_RESPONSE);
    return new BackupStream(client);
  }

  /** The next part, the one before which must have been read to its end; empty after the last. */
  Optional<Part> next() throws IOException {
    Message message = take();
    if (message.type() == ReplicationClient.COPY_DONE) {
      client.skipTo(ReplicationClient.READY_FOR_QUERY);
      return Optional.empty();
    }
    ByteBuffer body = message.body();
    char kind = (char) body.get();
    return switch (kind) {
      case NEW_ARCHIVE -> Optional.of(new Part(Optional.of(name(body)), new Contents()));
      case MANIFEST -> Optional.of(new Part(Optional.empty(), new Contents()));
      default -> throw new IOException("message '" + kind + "' between the parts of a backup");
    };
  }

  /** A string that ends with a zero byte. */
  private static String name(ByteBuffer body) {
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    for (byte next = body.get(); next != 0; next = body.get()) {
      name.write(next);
    }
    return name.toString(StandardCharsets.UTF_8);
  }

  /** The next message of the copy that is not about progress. */
  private Message take() throws IOException {
    Message message = ahead == null ? client.receive() : ahead;
    ahead = null;
    while (message.type() == ReplicationClient.COPY_DATA && message.body().get(0) == PROGRESS) {
      message = client.receive();
    }
    return message;
  }

  /** What the messages of one part hold, up to the message that begins the next. */
  private final class Contents extends InputStream {
    private ByteBuffer chunk = ByteBuffer.allocate(0);

    @Override
    public int read() throws IOException {
      return fill() ? Byte.toUnsignedInt(chunk.get()) : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, chunk.remaining());
      chunk.get(bytes, offset, count);
      return count;
    }

    private boolean fill() throws IOException {
      while (!chunk.hasRemaining()) {
        Message message = take();
        if (message.type() != ReplicationClient.COPY_DATA || message.body().get(0) != CONTENTS) {
          ahead = message;
          return false;
        }
        chunk = message.body().position(1);
      }
      return true;
    }
  }
}
