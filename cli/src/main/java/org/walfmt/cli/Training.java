package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.file.PathUtils;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.cli.config.Surroundings;
import org.walfmt.record.LogicalMessage;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;

/**
 * Runs what needs no server, and as much of the rest as comes before one answers. {@code
 * bin/walfmt} has Java list the classes that are loaded here, to make them ready for later runs.
 */
final class Training {
  private static final StreamIdentity IDENTITY =
      new StreamIdentity(PgVersion.V15, new SegmentSize(1 << 20), 1);

  private Training() {}

  /** Leaves nothing behind and prints nothing. */
  public static void main(String[] args) throws IOException {
    Path scratch = Files.createTempDirectory("walfmt-");
    try {
      String archive = Files.createDirectory(scratch.resolve("archive")).toString();
      String summaries = Files.createDirectory(scratch.resolve("summaries")).toString();
      writeWal(Files.createDirectory(scratch.resolve("wal")));
      run("--help");
      run("summarize", "--summary-dir", summaries, scratch.resolve("wal").toString());
      run("summaries", "--summary-dir", summaries);
      run("list", "--archive", archive);
      run("restore", "--archive", archive, "--pgdata", scratch + "/restored", "latest");
      run("backup", "--archive", archive, "--host", scratch.toString(), "--no-password");
    } finally {
      PathUtils.deleteDirectory(scratch);
    }
  }

  private static void run(String... words) {
    PrintWriter nowhere = new PrintWriter(PrintWriter.nullWriter());
    Main.run(Surroundings.none(), nowhere, nowhere, words);
  }

  /** One segment with one record. */
  private static void writeWal(Path directory) throws IOException {
    SegmentSink file =
        new SegmentSink() {
          private final byte[] bytes = new byte[IDENTITY.segmentSize().bytes()];
          private final ByteBuffer room = ByteBuffer.wrap(bytes);

          @Override
          public void begin(long number) {}

          @Override
          public void write(ByteBuffer pages) {
            room.put(pages);
          }

          @Override
          public void end() throws IOException {
            SegmentName name = new SegmentName(TimelineId.of(1), 1, IDENTITY.segmentSize());
            Files.write(directory.resolve(name.toString()), bytes);
          }
        };
    ByteBuffer record = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    int length = LogicalMessage.writeRecord(record, "walfmt", ByteBuffer.allocate(100));
    WalEncoder wal = new WalEncoder(IDENTITY, TimelineId.of(1), 1, file);
    wal.append(record, 0, length);
    wal.finish();
  }
}
