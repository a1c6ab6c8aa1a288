package org.walfmt.tests.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.Lsn;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.WalReader;

/**
 * What {@code pg_waldump --bkp-details} says of a record, but for the description: the same from
 * its output, from that of {@code walfmt dump}, and from a walk of ours.
 *
 * @param length without page images
 * @param blocks one line for each block reference
 */
record ListedRecord(
    String resourceManager,
    long length,
    long totalLength,
    long xid,
    Lsn lsn,
    Lsn prev,
    List<String> blocks) {
  private static final List<String> RESOURCE_MANAGERS =
      List.of(
          "XLOG",
          "Transaction",
          "Storage",
          "CLOG",
          "Database",
          "Tablespace",
          "MultiXact",
          "RelMap",
          "Standby",
          "Heap2",
          "Heap",
          "Btree",
          "Hash",
          "Gin",
          "Gist",
          "Sequence",
          "SPGist",
          "BRIN",
          "CommitTs",
          "ReplicationOrigin",
          "Generic",
          "LogicalMessage");
  private static final List<String> FORKS = List.of("main", "fsm", "vm", "init");
  private static final Pattern LINE =
      Pattern.compile(
          "rmgr: (\\w+) +len \\(rec/tot\\): +(\\d+)/ *(\\d+), tx: +(\\d+),"
              + " lsn: (\\w+/\\w+), prev (\\w+/\\w+), desc: .*");

  /** The records in pg_waldump's output. */
  static List<ListedRecord> parse(String output) {
    List<ListedRecord> records = new ArrayList<>();
    for (String line : output.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        records.add(
            new ListedRecord(
                matcher.group(1),
                Long.parseLong(matcher.group(2)),
                Long.parseLong(matcher.group(3)),
                Long.parseLong(matcher.group(4)),
                Lsn.parse(matcher.group(5)),
                Lsn.parse(matcher.group(6)),
                new ArrayList<>()));
      } else if (line.startsWith("\tblkref #")) {
        records.get(records.size() - 1).blocks().add(line.strip());
      }
    }
    return records;
  }

  /** The record at which a walk stands. */
  static ListedRecord of(WalReader reader, DecodedRecord decoded) throws IOException {
    decoded.decode(
        reader.buffer(),
        reader.offset(),
        reader.totalLength(),
        reader.keptLength(),
        reader.where());
    ByteBuffer buffer = reader.buffer();
    List<String> blocks = new ArrayList<>();
    long images = 0;
    for (int i = 0; i < decoded.blockCount(); i++) {
      blocks.add(line(decoded.block(i)));
      images += decoded.block(i).imageLength();
    }
    return new ListedRecord(
        RESOURCE_MANAGERS.get(reader.rmid()),
        reader.totalLength() - images,
        reader.totalLength(),
        RecordHeader.xid(buffer, reader.offset()),
        new Lsn(reader.lsn()),
        new Lsn(RecordHeader.prev(buffer, reader.offset())),
        blocks);
  }

  private static String line(BlockReference block) {
    String text =
        "blkref #%d: rel %d/%d/%d fork %s blk %d"
            .formatted(
                block.id(),
                block.tablespace(),
                block.database(),
                block.relation(),
                FORKS.get(block.fork()),
                block.number());
    if (!block.hasImage()) {
      return text;
    }
    text +=
        " (FPW%s); hole: offset: %d, length: %d"
            .formatted(
                block.isApplied() ? "" : " for WAL verification",
                block.holeOffset(),
                block.holeLength());
    return block.compression() == 0
        ? text
        : text
            + ", compression saved: %d, method: %s"
                .formatted(8192 - block.holeLength() - block.imageLength(), method(block));
  }

  private static String method(BlockReference block) {
    return switch (block.compression()) {
      case 0x04 -> "pglz";
      case 0x08 -> "lz4";
      case 0x10 -> "zstd";
      default -> "compression bits " + block.compression();
    };
  }
}
