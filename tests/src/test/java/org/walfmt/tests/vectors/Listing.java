package org.walfmt.tests.vectors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.walfmt.Lsn;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.ImageRestorer;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;

/**
 * What a vector decodes to: a line for each record, and under it one for each block reference and
 * for a note of a series. See {@code spec/vectors/README.md}.
 */
final class Listing {
  private static final int PAGE_SIZE = 8192;
  private static final int KEEP = 1 << 20;
  private static final List<String> FORKS = List.of("main", "fsm", "vm", "init");
  private static final int RMGR_LOGICAL_MESSAGE = 21;

  private final StreamIdentity identity;
  private final DecodedRecord decoded;
  private final ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final StringBuilder text = new StringBuilder();

  private Listing(StreamIdentity identity) {
    this.identity = identity;
    this.decoded = new DecodedRecord(identity.version());
  }

  /**
   * Walks over all records of a vector.
   *
   * @param strict as for series
   */
  static String of(Map<String, ByteBuffer> segments, boolean strict) throws IOException {
    StreamIdentity identity = VectorFile.identity(segments);
    Listing listing = new Listing(identity);
    listing.walk(
        new MemorySegments(identity.segmentSize(), segments),
        MemorySegments.first(identity.segmentSize(), segments).start(),
        strict);
    return listing.text.toString();
  }

  private void walk(MemorySegments segments, Lsn start, boolean strict) throws IOException {
    line(
        "PostgreSQL %s, segments of %d bytes, system %s"
            .formatted(
                identity.version(),
                identity.segmentSize().bytes(),
                Long.toUnsignedString(identity.systemIdentifier())));
    try (WalReader reader = new WalReader(segments, identity, start, strict, KEEP);
        ImageRestorer restorer = new ImageRestorer(identity.version())) {
      while (reader.next()) {
        record(reader, restorer);
      }
      line("end %s: %s".formatted(reader.position(), String.valueOf(reader.end())));
    }
  }

  private void record(WalReader reader, ImageRestorer restorer) throws IOException {
    decoded.decode(
        reader.buffer(),
        reader.offset(),
        reader.totalLength(),
        reader.keptLength(),
        reader.where());
    line(
        "%s prev %s len %d rmid %d info %02X xid %d crc %08X main %d tli %s end %s"
            .formatted(
                new Lsn(reader.lsn()),
                new Lsn(RecordHeader.prev(reader.buffer(), reader.offset())),
                reader.totalLength(),
                reader.rmid(),
                reader.info(),
                RecordHeader.xid(reader.buffer(), reader.offset()),
                RecordHeader.crc(reader.buffer(), reader.offset()),
                decoded.mainLength(),
                reader.timeline(),
                new Lsn(reader.endLsn())));
    for (int i = 0; i < decoded.blockCount(); i++) {
      block(reader, restorer, decoded.block(i));
    }
    if (reader.rmid() == RMGR_LOGICAL_MESSAGE) {
      message(reader.buffer());
    }
  }

  private void block(WalReader reader, ImageRestorer restorer, BlockReference block)
      throws IOException {
    line(
        "  block %d %s/%s/%s %s %s data %d%s"
            .formatted(
                block.id(),
                Integer.toUnsignedString(block.tablespace()),
                Integer.toUnsignedString(block.database()),
                Integer.toUnsignedString(block.relation()),
                FORKS.get(block.fork()),
                Integer.toUnsignedString(block.number()),
                block.dataLength(),
                block.hasImage() ? "" : " no image"));
    if (block.hasImage()) {
      restorer.restore(reader.buffer(), block, page, 0, reader::where);
      line(
          "    image %d bimg_info %02X hole %d+%d page %08X"
              .formatted(
                  block.imageLength(),
                  block.imageInfo(),
                  block.holeOffset(),
                  block.holeLength(),
                  crc(page, 0, PAGE_SIZE)));
    }
  }

  private void message(ByteBuffer buffer) {
    Optional<String> prefix = LogicalMessage.prefix(buffer, decoded);
    int offset = LogicalMessage.messageOffset(buffer, decoded);
    int length = LogicalMessage.messageLength(buffer, decoded);
    if (prefix.orElseThrow().startsWith("walfmt.") && !prefix.get().equals("walfmt.chunk")) {
      byte[] json = new byte[length];
      buffer.get(offset, json);
      line("  %s %s".formatted(prefix.get(), new String(json, StandardCharsets.UTF_8)));
    } else {
      line("  %s %d bytes %08X".formatted(prefix.get(), length, crc(buffer, offset, length)));
    }
  }

  private static int crc(ByteBuffer buffer, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(offset, length));
    return (int) crc.getValue();
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
