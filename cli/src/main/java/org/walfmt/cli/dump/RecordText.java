package org.walfmt.cli.dump;

import java.io.IOException;
import java.io.PrintWriter;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.cli.print.OutputFailedException;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.FullPageImage;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.WalReader;

/** One line a record, as {@code pg_waldump} prints it; with details, also one a block. */
public final class RecordText implements RecordSink {
  private static final int CHECK_EVERY = 256;
  private static final int PAGE_SIZE = 8192;

  private final PrintWriter out;
  private final PgVersion version;
  private final boolean details;
  private final OperationName operations;
  private final Description description;
  private final StringBuilder line = new StringBuilder(256);
  private int unchecked;

  /**
   * @param details hole and compression of each image, as with {@code --bkp-details}
   */
  public RecordText(PrintWriter out, PgVersion version, boolean details) {
    this.out = out;
    this.version = version;
    this.details = details;
    this.operations = new OperationName(version);
    this.description = new Description(version);
  }

  @Override
  public void record(WalReader wal, DecodedRecord record) throws IOException {
    line.setLength(0);
    line.append("rmgr: ").append(RmgrName.of(wal.rmid()));
    padTo("rmgr: ".length() + 11);
    line.append(" len (rec/tot): ");
    number(wal.totalLength() - imageBytes(record), 6);
    line.append('/');
    number(wal.totalLength(), 6);
    line.append(", tx: ");
    number(RecordHeader.xid(wal.buffer(), wal.offset()), 10);
    line.append(", lsn: ");
    appendLsn(wal.lsn());
    line.append(", prev ");
    appendLsn(RecordHeader.prev(wal.buffer(), wal.offset()));
    line.append(", desc: ").append(operations.of(wal.rmid(), wal.info())).append(' ');
    description.append(line, wal, record);
    if (details) {
      line.append('\n');
    }
    for (int i = 0; i < record.blockCount(); i++) {
      if (details) {
        appendInDetail(record.block(i));
      } else {
        append(record.block(i));
      }
    }
    if (!details) {
      line.append('\n');
    }
    out.append(line);
    if (++unchecked % CHECK_EVERY == 0 && out.checkError()) {
      throw new OutputFailedException();
    }
  }

  /** Bytes of all page images in a record. */
  static int imageBytes(DecodedRecord record) {
    int bytes = 0;
    for (int i = 0; i < record.blockCount(); i++) {
      bytes += record.block(i).imageLength();
    }
    return bytes;
  }

  private void append(BlockReference block) {
    line.append(", blkref #").append(block.id()).append(": rel ");
    appendRelation(block);
    if (block.fork() != ForkNumber.MAIN.number()) {
      line.append(" fork ").append(forkName(block));
    }
    line.append(" blk ").append(Integer.toUnsignedString(block.number()));
    if (block.hasImage()) {
      line.append(block.isApplied() ? " FPW" : " FPW for WAL verification");
    }
  }

  private void appendInDetail(BlockReference block) {
    line.append("\tblkref #").append(block.id()).append(": rel ");
    appendRelation(block);
    line.append(" fork ").append(forkName(block));
    line.append(" blk ").append(Integer.toUnsignedString(block.number()));
    if (block.hasImage()) {
      line.append(block.isApplied() ? " (FPW)" : " (FPW for WAL verification)");
      line.append("; hole: offset: ").append(block.holeOffset());
      line.append(", length: ").append(block.holeLength());
      if (block.compression() != 0) {
        line.append(", compression saved: ")
            .append(PAGE_SIZE - block.holeLength() - block.imageLength())
            .append(", method: ")
            .append(compression(block, version));
      }
    }
    line.append('\n');
  }

  private void appendRelation(BlockReference block) {
    line.append(Integer.toUnsignedString(block.tablespace()))
        .append('/')
        .append(Integer.toUnsignedString(block.database()))
        .append('/')
        .append(Integer.toUnsignedString(block.relation()));
  }

  /** The fork's name as PostgreSQL's tools write it. */
  static String forkName(BlockReference block) {
    return switch (ForkNumber.of(block.fork())) {
      case MAIN -> "main";
      case FSM -> "fsm";
      case VM -> "vm";
      case INIT -> "init";
    };
  }

  /** The method that compressed the block's image. */
  static String compression(BlockReference block, PgVersion version) {
    int bits = block.compression();
    if (bits == 0) {
      return name(ImageCompression.NONE);
    } else if (bits == FullPageImage.pglz(version)) {
      return name(ImageCompression.PGLZ);
    } else if (bits == FullPageImage.lz4()) {
      return name(ImageCompression.LZ4);
    } else if (bits == FullPageImage.zstd()) {
      return name(ImageCompression.ZSTD);
    }
    return "unknown";
  }

  private static String name(ImageCompression compression) {
    return compression.name().toLowerCase(java.util.Locale.ROOT);
  }

  private void padTo(int length) {
    while (line.length() < length) {
      line.append(' ');
    }
  }

  private void number(long value, int width) {
    String digits = Long.toString(value);
    for (int i = digits.length(); i < width; i++) {
      line.append(' ');
    }
    line.append(digits);
  }

  /** {@code %X/%08X}, as pg_waldump has it, unlike {@link Lsn#toString}. */
  private void appendLsn(long lsn) {
    String text = new Lsn(lsn).toString();
    int slash = text.indexOf('/');
    line.append(text, 0, slash + 1);
    for (int i = text.length() - slash - 1; i < 8; i++) {
      line.append('0');
    }
    line.append(text, slash + 1, text.length());
  }
}
