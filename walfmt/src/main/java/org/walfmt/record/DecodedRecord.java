package org.walfmt.record;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.WalPosition;

/**
 * The fragments of one record: its block references, images and main data, as offsets into the
 * buffer that holds the record. One instance is filled again and again by a walk over records.
 *
 * <pre>
 *   | header | fragment headers ... | block 0: image, data | block 1 ... | main data |
 * </pre>
 *
 * <p>Nothing is aligned. Source: {@code DecodeXLogRecord} in PostgreSQL 18's {@code xlogreader.c}.
 * Every length is checked before it is used; what does not add up is corrupt (rules RECORD-7 and
 * IMAGE-3).
 */
public final class DecodedRecord {
  /** {@code XLR_MAX_BLOCK_ID} + 1. */
  public static final int MAX_BLOCKS = 33;

  private static final int PAGE_SIZE = 8192;
  private static final int ID_TOPLEVEL_XID = 252;
  private static final int ID_ORIGIN = 253;
  private static final int ID_DATA_LONG = 254;
  private static final int ID_DATA_SHORT = 255;
  private static final int MAX_FORK = 3;

  private final PgVersion version;
  private final BlockReference[] blocks = new BlockReference[MAX_BLOCKS];
  private int blockCount;
  private int mainOffset;
  private int mainLength;
  private int keptEnd;

  private byte[] bytes = new byte[0];
  private int at;
  private long dataTotal;

  /** For records of servers of {@code version}. */
  public DecodedRecord(PgVersion version) {
    this.version = version;
    for (int i = 0; i < MAX_BLOCKS; i++) {
      blocks[i] = new BlockReference();
    }
  }

  /**
   * Takes apart the record at {@code offset}, whose length and CRC the caller has checked.
   *
   * @param kept bytes of the record that are in the buffer, at most {@code totalLength}; fragment
   *     headers must be among them, images and data need not
   */
  public void decode(ByteBuffer buffer, int offset, int totalLength, int kept, WalPosition where)
      throws CorruptWalException {
    decode(buffer, offset, totalLength, kept, () -> where);
  }

  /**
   * The same for a hot loop, which need not make a position for each record.
   *
   * @param buffer backed by an array, which is read at half the price
   * @param where asked only for the place of a fault
   */
  public void decode(
      ByteBuffer buffer, int offset, int totalLength, int kept, Supplier<WalPosition> where)
      throws CorruptWalException {
    bytes = buffer.array();
    int base = buffer.arrayOffset();
    int start = base + offset;
    at = start + RecordHeader.LENGTH;
    dataTotal = 0;
    mainLength = 0;
    blockCount = 0;
    keptEnd = start + kept;
    int end = start + totalLength;
    boolean more = true;
    while (more && end - at > dataTotal) {
      more = readFragment(where);
    }
    if (end - at != dataTotal) {
      throw invalid("fragments do not add up to the record's length", where);
    }
    keptEnd -= base;
    locateData(at - base);
  }

  private void locateData(int start) {
    int data = start;
    for (int i = 0; i < blockCount; i++) {
      BlockReference block = blocks[i];
      if (block.hasImage()) {
        block.imageOffset = data;
        data += block.imageLength;
        block.imageKept = data <= keptEnd;
      }
      block.dataOffset = data;
      data += block.dataLength;
    }
    mainOffset = data;
  }

  /** Reads one fragment header; false after the main data's, which is always the last. */
  private boolean readFragment(Supplier<WalPosition> where) throws CorruptWalException {
    int id = LittleEndian.unsignedByte(bytes, take(1, where));
    if (id < MAX_BLOCKS) {
      readBlock(id, where);
      return true;
    }
    switch (id) {
      case ID_DATA_SHORT -> {
        mainLength = LittleEndian.unsignedByte(bytes, take(1, where));
        dataTotal += mainLength;
        return false;
      }
      case ID_DATA_LONG -> {
        mainLength = LittleEndian.getInt(bytes, take(4, where));
        dataTotal += Integer.toUnsignedLong(mainLength);
        return false;
      }
      case ID_ORIGIN -> take(2, where);
      default -> {
        if (id == ID_TOPLEVEL_XID && version.isAtLeast(PgVersion.V14)) {
          take(4, where);
          return true;
        }
        throw invalid("invalid block reference id " + id, where);
      }
    }
    return true;
  }

  private void readBlock(int id, Supplier<WalPosition> where) throws CorruptWalException {
    if (blockCount > 0 && id <= blocks[blockCount - 1].id) {
      throw invalid("block reference id " + id + " out of order", where);
    }
    BlockReference block = blocks[blockCount];
    block.id = id;
    int header = take(3, where);
    block.flags = LittleEndian.unsignedByte(bytes, header);
    block.dataLength = LittleEndian.unsignedShort(bytes, header + 1);
    if (block.fork() > MAX_FORK) {
      throw invalid("invalid fork number " + block.fork(), where);
    }
    if ((block.flags & FullPageImage.HAS_DATA) != 0 != block.dataLength > 0) {
      throw invalid("data flag and data length " + block.dataLength + " disagree", where);
    }
    dataTotal += block.dataLength;
    block.clearImage();
    if (block.hasImage()) {
      readImageHeader(block, where);
      dataTotal += block.imageLength;
    }
    if ((block.flags & FullPageImage.SAME_REL) == 0) {
      int locator = take(16, where);
      block.tablespace = LittleEndian.getInt(bytes, locator);
      block.database = LittleEndian.getInt(bytes, locator + 4);
      block.relation = LittleEndian.getInt(bytes, locator + 8);
      block.number = LittleEndian.getInt(bytes, locator + 12);
    } else if (blockCount > 0) {
      block.copyLocator(blocks[blockCount - 1]);
      block.number = LittleEndian.getInt(bytes, take(4, where));
    } else {
      throw invalid("first block reference without relation", where);
    }
    blockCount++;
  }

  private void readImageHeader(BlockReference block, Supplier<WalPosition> where)
      throws CorruptWalException {
    int header = take(5, where);
    block.imageLength = LittleEndian.unsignedShort(bytes, header);
    block.holeOffset = LittleEndian.unsignedShort(bytes, header + 2);
    block.imageInfo = LittleEndian.unsignedByte(bytes, header + 4);
    boolean hole = (block.imageInfo & FullPageImage.HAS_HOLE) != 0;
    block.compression = block.imageInfo & FullPageImage.compressionMask(version);
    block.apply = (block.imageInfo & FullPageImage.apply(version)) != 0;
    if (block.compression != 0) {
      block.holeLength = hole ? LittleEndian.unsignedShort(bytes, take(2, where)) : 0;
      require(block.imageLength < PAGE_SIZE, block, where);
    } else {
      block.holeLength = PAGE_SIZE - block.imageLength;
    }
    if (hole) {
      require(block.holeOffset > 0 && block.holeLength > 0, block, where);
      require(block.holeOffset + block.holeLength <= PAGE_SIZE, block, where);
    } else {
      require(block.holeOffset == 0 && block.holeLength == 0, block, where);
    }
  }

  private static void require(boolean holds, BlockReference block, Supplier<WalPosition> where)
      throws CorruptWalException {
    if (!holds) {
      throw invalid(
          "invalid page image: length "
              + block.imageLength
              + ", hole offset "
              + block.holeOffset
              + ", hole length "
              + block.holeLength
              + ", bimg_info 0x"
              + Integer.toHexString(block.imageInfo),
          where);
    }
  }

  private int take(int bytes, Supplier<WalPosition> where) throws CorruptWalException {
    int start = at;
    if (bytes > keptEnd - start) {
      throw invalid("fragment header is cut off", where);
    }
    at = start + bytes;
    return start;
  }

  private static CorruptWalException invalid(String fact, Supplier<WalPosition> where) {
    return new CorruptWalException(fact, where.get());
  }

  /** Number of block references. */
  public int blockCount() {
    return blockCount;
  }

  /** Reference number {@code i}, in the record's order; good until the next {@code decode}. */
  public BlockReference block(int i) {
    return blocks[i];
  }

  /** Where in the buffer the main data begins. */
  public int mainOffset() {
    return mainOffset;
  }

  /** Length of the main data, 0 if there is none. */
  public int mainLength() {
    return mainLength;
  }

  /** Bytes of the main data that are in the buffer: all of it, but for a long record. */
  public int keptMainLength() {
    return Math.max(0, Math.min(mainLength, keptEnd - mainOffset));
  }
}
