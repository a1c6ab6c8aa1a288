package org.walfmt.record;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.WalPosition;
import org.walfmt.image.BadImageException;
import org.walfmt.image.ImageCodec;
import org.walfmt.image.ImageCompression;

/**
 * Turns the image of a block reference back into a page: decompresses it and fills the hole with
 * zeros. The page's LSN and checksum stay as they are in the image (rule BLOCK-5). Serves one
 * thread at a time.
 *
 * <p>Source: {@code RestoreBlockImage} in PostgreSQL 18's {@code xlogreader.c}.
 */
public final class ImageRestorer implements AutoCloseable {
  private static final int PAGE_SIZE = 8192;

  private final PgVersion version;
  private final ImageCodec codec = new ImageCodec();
  private final ByteBuffer raw = ByteBuffer.allocate(PAGE_SIZE);
  private final ByteBuffer zeros = ByteBuffer.allocate(PAGE_SIZE);

  /** For records of servers of {@code version}. */
  public ImageRestorer(PgVersion version) {
    this.version = version;
  }

  /**
   * Writes the 8192 bytes of the page to {@code at} in {@code out}.
   *
   * @param block with {@link BlockReference#isImageKept}
   * @param where asked only for the place of a fault
   */
  public void restore(
      ByteBuffer record, BlockReference block, ByteBuffer out, int at, Supplier<WalPosition> where)
      throws CorruptWalException {
    if (!block.hasImage() || !block.isImageKept()) {
      throw new IllegalArgumentException("no image in the buffer");
    }
    int holeOffset = block.holeOffset();
    int rawLength = PAGE_SIZE - block.holeLength();
    ByteBuffer image = record;
    int from = block.imageOffset();
    if (block.compression() != 0) {
      decompress(record, block, rawLength, where);
      image = raw;
      from = 0;
    }
    if (block.holeLength() == 0) {
      out.put(at, image, from, PAGE_SIZE);
      return;
    }
    int tail = holeOffset + block.holeLength();
    out.put(at, image, from, holeOffset);
    out.put(at + holeOffset, zeros, 0, block.holeLength());
    out.put(at + tail, image, from + holeOffset, PAGE_SIZE - tail);
  }

  private void decompress(
      ByteBuffer record, BlockReference block, int rawLength, Supplier<WalPosition> where)
      throws CorruptWalException {
    try {
      codec.decompress(
          method(block.compression(), where),
          record,
          block.imageOffset(),
          block.imageLength(),
          raw,
          0,
          rawLength);
    } catch (BadImageException e) {
      throw new CorruptWalException("invalid page image: " + e.getMessage(), where.get());
    }
  }

  private ImageCompression method(int bits, Supplier<WalPosition> where)
      throws CorruptWalException {
    if (bits == FullPageImage.pglz(version)) {
      return ImageCompression.PGLZ;
    } else if (bits == FullPageImage.lz4()) {
      return ImageCompression.LZ4;
    } else if (bits == FullPageImage.zstd()) {
      return ImageCompression.ZSTD;
    }
    throw new CorruptWalException(
        "invalid page image: compression bits 0x" + Integer.toHexString(bits), where.get());
  }

  @Override
  public void close() {
    codec.close();
  }
}
