package org.walfmt.record;

import java.nio.ByteBuffer;
import org.walfmt.PgVersion;
import org.walfmt.block.HoleFinder;
import org.walfmt.image.ImageCodec;
import org.walfmt.image.ImageCompression;

/**
 * Writes block records: {@code XLOG_FPI} records with exactly one full-page image, whose hole is
 * zero bytes and nothing else (rules BLOCK-1 to BLOCK-3, IMAGE-1 to IMAGE-5).
 *
 * <pre>
 *   | record header | id 0 | fork, flags | data length 0 | image length | hole offset | bimg_info |
 *   | hole length, if compressed with a hole | tablespace | database | relation | block | image |
 * </pre>
 *
 * <p>Hot: one call per block. Serves one thread at a time.
 */
public final class BlockRecordEncoder implements AutoCloseable {
  /** Bytes of the longest block record. */
  public static final int MAX_LENGTH = RecordHeader.LENGTH + 27 + 8192;

  private static final int PAGE_SIZE = 8192;
  private static final int FIXED_FRAGMENT = 9;
  private static final int HOLE_LENGTH = 2;
  private static final int LOCATOR_AND_BLOCK = 16;

  private final PgVersion version;
  private final ImageCompression compression;
  private final HoleFinder hole = new HoleFinder();
  private final ImageCodec codec = new ImageCodec();
  private final ByteBuffer joined = ByteBuffer.allocate(PAGE_SIZE);
  private int imageLength;

  /** For servers of {@code version}, in which the compression must be available. */
  public BlockRecordEncoder(PgVersion version, ImageCompression compression) {
    if (!compression.isAvailableIn(version)) {
      throw new IllegalArgumentException(compression + " is not available in " + version);
    }
    this.version = version;
    this.compression = compression;
  }

  /**
   * Writes a whole record, but for previous LSN and CRC, at {@code at} in {@code out}.
   *
   * @param fork fork number, 0 to 3
   * @return the record's total length, at most {@link #MAX_LENGTH}
   */
  public int encode(
      ByteBuffer source,
      int page,
      int tablespace,
      int database,
      int relation,
      int fork,
      int block,
      ByteBuffer out,
      int at) {
    hole.find(source, page);
    int holeOffset = hole.holeOffset();
    int holeLength = hole.holeLength();
    int info = FullPageImage.apply(version) | (holeLength > 0 ? FullPageImage.HAS_HOLE : 0);
    int fixed = RecordHeader.LENGTH + FIXED_FRAGMENT;
    int extra = holeLength > 0 ? HOLE_LENGTH : 0;
    int image = at + fixed + extra + LOCATOR_AND_BLOCK;
    imageLength = compress(source, page, out, image);
    if (imageLength > 0) {
      info |= compressionBits();
    } else {
      extra = 0;
      image = at + fixed + LOCATOR_AND_BLOCK;
      imageLength = PAGE_SIZE - holeLength;
      putWithoutHole(source, page, out, image);
    }
    int totalLength = image + imageLength - at;
    RecordHeader.write(out, at, totalLength, Rmgr.XLOG, Rmgr.XLOG_FPI);
    int p = at + RecordHeader.LENGTH;
    out.put(p, (byte) 0);
    out.put(p + 1, (byte) (fork | FullPageImage.HAS_IMAGE));
    out.putShort(p + 2, (short) 0);
    out.putShort(p + 4, (short) imageLength);
    out.putShort(p + 6, (short) holeOffset);
    out.put(p + 8, (byte) info);
    p += FIXED_FRAGMENT;
    if (extra > 0) {
      out.putShort(p, (short) holeLength);
      p += HOLE_LENGTH;
    }
    out.putInt(p, tablespace);
    out.putInt(p + 4, database);
    out.putInt(p + 8, relation);
    out.putInt(p + 12, block);
    return totalLength;
  }

  /** Bytes of the image in the record written last. */
  public int imageLength() {
    return imageLength;
  }

  /** Bytes of a block record that are not image. */
  public static int overhead(BlockReference block) {
    boolean storesHoleLength = block.compression() != 0 && block.holeLength() > 0;
    return RecordHeader.LENGTH
        + FIXED_FRAGMENT
        + (storesHoleLength ? HOLE_LENGTH : 0)
        + LOCATOR_AND_BLOCK;
  }

  private void putWithoutHole(ByteBuffer source, int page, ByteBuffer out, int at) {
    if (hole.holeLength() == 0) {
      out.put(at, source, page, PAGE_SIZE);
      return;
    }
    int tail = hole.holeOffset() + hole.holeLength();
    out.put(at, source, page, hole.holeOffset());
    out.put(at + hole.holeOffset(), source, page + tail, PAGE_SIZE - tail);
  }

  /** Compresses the image to {@code at}; -1 if that saves nothing, as the server decides. */
  private int compress(ByteBuffer source, int page, ByteBuffer out, int at) {
    if (compression == ImageCompression.NONE) {
      return -1;
    }
    int raw = PAGE_SIZE - hole.holeLength();
    putWithoutHole(source, page, joined, 0);
    int most = raw - 1 - (hole.holeLength() > 0 ? HOLE_LENGTH : 0);
    return codec.compress(compression, joined, 0, raw, out, at, most);
  }

  private int compressionBits() {
    return switch (compression) {
      case NONE -> 0;
      case PGLZ -> FullPageImage.pglz(version);
      case LZ4 -> FullPageImage.lz4();
      case ZSTD -> FullPageImage.zstd();
    };
  }

  @Override
  public void close() {
    codec.close();
  }
}
