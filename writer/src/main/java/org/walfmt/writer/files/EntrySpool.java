package org.walfmt.writer.files;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;
import org.walfmt.series.SeriesWriter;

/**
 * Keeps inventory entries in a temporary file until their turn in the series comes, so that memory
 * does not grow with the number of files. First forks, then paths.
 */
public final class EntrySpool implements Closeable {
  private static final int FORK = 1;
  private static final int DIRECTORY = 2;
  private static final int TABLESPACE = 3;
  private static final int FILE = 4;
  private static final int END = 0;

  private static final int BUFFER_SIZE = 1 << 16;

  private final FileChannel file;
  private final DataOutputStream out;

  /** Makes the temporary file, which has no name any more: a run that is killed leaves none. */
  public EntrySpool() throws IOException {
    file =
        FileChannel.open(
            Files.createTempFile("walfmt-inventory-", ".tmp"),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    out =
        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_SIZE));
  }

  /** Keeps a fork; forks come in the order of the series. */
  public void add(ForkEntry entry) throws IOException {
    out.writeByte(FORK);
    out.writeLong(entry.locator().tablespace());
    out.writeLong(entry.locator().database());
    out.writeLong(entry.locator().relation());
    out.writeByte(entry.fork().number());
    out.writeLong(entry.blocks());
    out.writeInt(entry.files());
    out.writeShort(entry.mode());
    out.writeBoolean(entry.delta());
    out.writeLong(entry.limit().orElse(-1));
  }

  /** Keeps a path. */
  public void add(PathEntry entry) throws IOException {
    if (entry instanceof PathEntry.Directory directory) {
      out.writeByte(DIRECTORY);
      put(directory.path(), directory.mode());
      put(directory.identity().orElse(""));
    } else if (entry instanceof PathEntry.Tablespace tablespace) {
      out.writeByte(TABLESPACE);
      put(tablespace.path(), tablespace.mode());
      put(tablespace.target());
    } else if (entry instanceof PathEntry.RegularFile regular) {
      out.writeByte(FILE);
      put(regular.path(), regular.mode());
      out.writeLong(regular.length());
      put(regular.sha256());
      out.writeBoolean(regular.unchanged());
    }
  }

  private void put(String path, int mode) throws IOException {
    put(path);
    out.writeShort(mode);
  }

  private void put(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /** Writes all entries into the series, in the order in which they were kept. */
  public void writeTo(SeriesWriter series) throws IOException {
    out.writeByte(END);
    out.flush();
    file.position(0);
    DataInputStream in =
        new DataInputStream(new BufferedInputStream(Channels.newInputStream(file), BUFFER_SIZE));
    for (int type = in.readByte(); type != END; type = in.readByte()) {
      if (type == FORK) {
        series.fork(fork(in));
      } else {
        series.path(path(type, in));
      }
    }
  }

  private static ForkEntry fork(DataInputStream in) throws IOException {
    RelFileLocator locator = new RelFileLocator(in.readLong(), in.readLong(), in.readLong());
    ForkNumber fork = ForkNumber.of(in.readByte());
    long blocks = in.readLong();
    int files = in.readInt();
    int mode = in.readShort();
    boolean delta = in.readBoolean();
    long limit = in.readLong();
    return new ForkEntry(
        locator,
        fork,
        blocks,
        files,
        mode,
        delta,
        limit < 0 ? OptionalLong.empty() : OptionalLong.of(limit));
  }

  private static PathEntry path(int type, DataInputStream in) throws IOException {
    String path = text(in);
    int mode = in.readShort();
    return switch (type) {
      case DIRECTORY -> {
        String identity = text(in);
        yield new PathEntry.Directory(
            path, mode, identity.isEmpty() ? Optional.empty() : Optional.of(identity));
      }
      case TABLESPACE -> new PathEntry.Tablespace(path, mode, text(in));
      default -> new PathEntry.RegularFile(path, mode, in.readLong(), text(in), in.readBoolean());
    };
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
