package org.walfmt.replayer.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;

/** Ordinary WAL of timeline 1, record by record, into the directory of an archive. */
public final class SyntheticWal {
  private static final int XACT = 1;
  private static final int COMMIT_PREPARED = 0xB0;

  private final Path archive;
  private final WalEncoder encoder;
  private final ByteBuffer record = ByteBuffer.allocate(1 << 18).order(ByteOrder.LITTLE_ENDIAN);

  /** Begins with segment 1. */
  public SyntheticWal(Path archive) {
    this.archive = archive;
    this.encoder =
        new WalEncoder(
            new StreamIdentity(PgVersion.V15, SyntheticArchive.SIZE, SyntheticArchive.SYSTEM),
            new TimelineId(1),
            1,
            new Files());
  }

  /** Where the next record begins. */
  public Lsn next() {
    return encoder.nextRecord();
  }

  /** Something else, as long as half a segment. */
  public Lsn traffic() throws IOException {
    Lsn lsn = next();
    for (int i = 0; i < 4; i++) {
      int length = LogicalMessage.writeRecord(record, "test", ByteBuffer.allocate(1 << 17));
      encoder.append(record, 0, length);
    }
    return lsn;
  }

  /** The end of a transaction. */
  public Lsn commit(long xid) throws IOException {
    return append(XACT, 0x00, xid, new byte[8]);
  }

  /** The end of a prepared transaction, by another. */
  public Lsn commitPrepared(long by, long xid) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(8, 0x10).putInt(12, (int) xid);
    return append(XACT, COMMIT_PREPARED, by, data.array());
  }

  /** A restore point. */
  public Lsn restorePoint(String name) throws IOException {
    byte[] data = new byte[72];
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(text, 0, data, 8, text.length);
    return append(Rmgr.XLOG, Rmgr.XLOG_RESTORE_POINT, 0, data);
  }

  private Lsn append(int rmid, int info, long xid, byte[] data) throws IOException {
    int length = RecordHeader.LENGTH + 2 + data.length;
    RecordHeader.write(record, 0, length, rmid, info);
    record.putInt(4, (int) xid);
    record.put(RecordHeader.LENGTH, (byte) 0xFF);
    record.put(RecordHeader.LENGTH + 1, (byte) data.length);
    record.put(RecordHeader.LENGTH + 2, data);
    return new Lsn(encoder.append(record, 0, length));
  }

  /** Ends with a switch of segments. */
  public void finish() throws IOException {
    encoder.finish();
  }

  private final class Files implements SegmentSink {
    private Path file = archive;

    @Override
    public void begin(long number) {
      file =
          archive.resolve(
              new SegmentName(new TimelineId(1), number, SyntheticArchive.SIZE).toString());
    }

    @Override
    public void write(ByteBuffer pages) throws IOException {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        while (pages.hasRemaining()) {
          channel.write(pages);
        }
      }
    }

    @Override
    public void end() {}
  }
}
