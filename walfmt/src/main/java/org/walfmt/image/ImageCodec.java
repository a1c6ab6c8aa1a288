package org.walfmt.image;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.Objects;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;

/**
 * Compresses and decompresses images with every method of {@link ImageCompression}.
 *
 * <p>Works between any kinds of buffers, through scratch space that grows to the largest image seen
 * and is used again; nothing but the bytes asked for is ever written. Offsets are absolute, the
 * buffers' positions neither used nor moved. Serves one thread at a time; native contexts are made
 * when first needed and live until {@link #close}.
 */
public final class ImageCodec implements AutoCloseable {
  /** The fastest: higher levels gain little on 8 kB and cost much. */
  private static final int ZSTD_LEVEL = 1;

  private byte[] in = new byte[0];
  private byte[] out = new byte[0];
  private @Nullable PglzEncoder pglz;
  private @Nullable ZstdCompressCtx zstdCompress;
  private @Nullable ZstdDecompressCtx zstdDecompress;

  /** Makes a codec; cheap until a method is used. */
  public ImageCodec() {}

  /**
   * Compresses {@code length} bytes of one buffer into another.
   *
   * @param maxLength the most that is worth it, as one less than {@code length}; room for it must
   *     be at {@code targetOffset}
   * @return the compressed length, or -1 if that is more or there is no hope of less, in which case
   *     nothing is written
   */
  public int compress(
      ImageCompression method,
      ByteBuffer source,
      int offset,
      int length,
      ByteBuffer target,
      int targetOffset,
      int maxLength) {
    Objects.checkFromIndexSize(offset, length, source.limit());
    Objects.checkFromIndexSize(targetOffset, maxLength, target.limit());
    if (method == ImageCompression.NONE) {
      if (length > maxLength) {
        return -1;
      }
      target.put(targetOffset, source, offset, length);
      return length;
    }
    load(source, offset, length);
    int compressed =
        switch (method) {
          case NONE -> throw new AssertionError("handled above");
          case PGLZ -> compressPglz(length, maxLength);
          case LZ4 -> compressLz4(length);
          case ZSTD -> compressZstd(length);
        };
    if (compressed < 0 || compressed > maxLength) {
      return -1;
    }
    target.put(targetOffset, out, 0, compressed);
    return compressed;
  }

  /**
   * Decompresses {@code length} bytes of one buffer into exactly {@code targetLength} bytes of
   * another, of which none is written on failure.
   */
  public void decompress(
      ImageCompression method,
      ByteBuffer source,
      int offset,
      int length,
      ByteBuffer target,
      int targetOffset,
      int targetLength)
      throws BadImageException {
    Objects.checkFromIndexSize(offset, length, source.limit());
    Objects.checkFromIndexSize(targetOffset, targetLength, target.limit());
    if (method == ImageCompression.NONE) {
      if (length != targetLength) {
        throw new BadImageException("image has " + length + " bytes instead of " + targetLength);
      }
      target.put(targetOffset, source, offset, length);
      return;
    }
    load(source, offset, length);
    out = withRoomFor(out, targetLength);
    int decompressed =
        switch (method) {
          case NONE -> throw new AssertionError("handled above");
          case PGLZ -> decompressPglz(length, targetLength);
          case LZ4 -> decompressLz4(length, targetLength);
          case ZSTD -> decompressZstd(length, targetLength);
        };
    if (decompressed != targetLength) {
      throw new BadImageException(
          method + " gives " + decompressed + " bytes instead of " + targetLength);
    }
    target.put(targetOffset, out, 0, targetLength);
  }

  /** Frees the native contexts; a later use makes new ones. */
  @Override
  public void close() {
    if (zstdCompress != null) {
      zstdCompress.close();
      zstdCompress = null;
    }
    if (zstdDecompress != null) {
      zstdDecompress.close();
      zstdDecompress = null;
    }
  }

  private void load(ByteBuffer source, int offset, int length) {
    in = withRoomFor(in, length);
    source.get(offset, in, 0, length);
  }

  private static byte[] withRoomFor(byte[] scratch, int length) {
    return scratch.length >= length ? scratch : new byte[length];
  }

  private int compressPglz(int length, int maxLength) {
    if (pglz == null) {
      pglz = new PglzEncoder();
    }
    out = withRoomFor(out, maxLength + PglzEncoder.MAX_GROUP);
    return pglz.encode(in, length, out, maxLength);
  }

  private int decompressPglz(int length, int targetLength) throws BadImageException {
    PglzDecoder.decode(in, length, out, targetLength);
    return targetLength;
  }

  private int compressLz4(int length) {
    int bound = Lz4.COMPRESSOR.maxCompressedLength(length);
    out = withRoomFor(out, bound);
    return Lz4.COMPRESSOR.compress(in, 0, length, out, 0, bound);
  }

  private int decompressLz4(int length, int targetLength) throws BadImageException {
    try {
      return Lz4.DECOMPRESSOR.decompress(in, 0, length, out, 0, targetLength);
    } catch (LZ4Exception e) {
      throw new BadImageException("lz4 block is damaged or not of " + targetLength + " bytes", e);
    }
  }

  private int compressZstd(int length) {
    if (zstdCompress == null) {
      zstdCompress = new ZstdCompressCtx().setLevel(ZSTD_LEVEL);
    }
    int bound = Math.toIntExact(Zstd.compressBound(length));
    out = withRoomFor(out, bound);
    return zstdCompress.compressByteArray(out, 0, bound, in, 0, length);
  }

  private int decompressZstd(int length, int targetLength) throws BadImageException {
    if (zstdDecompress == null) {
      zstdDecompress = new ZstdDecompressCtx();
    }
    try {
      return zstdDecompress.decompressByteArray(out, 0, targetLength, in, 0, length);
    } catch (ZstdException e) {
      throw new BadImageException("zstd frame is damaged or not of " + targetLength + " bytes", e);
    }
  }

  /** Loads the native library when first used. */
  private static final class Lz4 {
    static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
    static final LZ4SafeDecompressor DECOMPRESSOR = LZ4Factory.fastestInstance().safeDecompressor();

    private Lz4() {}
  }
}
