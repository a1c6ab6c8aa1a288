package org.walfmt.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One contract for every method, with guard bytes around the output. */
class ImageCodecTest {
  private static final byte GUARD = 0x5A;
  private static final int MARGIN = 64;

  private final ImageCodec codec = new ImageCodec();

  @AfterEach
  void closeCodec() {
    codec.close();
  }

  @ParameterizedTest
  @EnumSource(ImageCompression.class)
  void givesBackWhatItCompressedForSeed60(ImageCompression method) throws Exception {
    Random random = new Random(60);
    for (int i = 0; i < 400; i++) {
      byte[] image = image(random, 1 + random.nextInt(8192));
      byte[] compressed = compress(method, image, image.length + 1024);
      assertThat(decompress(method, compressed, image.length)).as("image %d", i).isEqualTo(image);
    }
  }

  @ParameterizedTest
  @EnumSource(ImageCompression.class)
  void worksBetweenHeapDirectAndReadOnlyBuffers(ImageCompression method) throws Exception {
    byte[] image = image(new Random(61), 8192);
    ByteBuffer direct = ByteBuffer.allocateDirect(40_000).put(5, image);
    direct.position(77);
    int length = codec.compress(method, direct, 5, 8192, direct, 10_001, 8192);
    assertThat(length).isBetween(1, 8192);
    ByteBuffer readOnly = direct.asReadOnlyBuffer();
    ByteBuffer heap = guarded(8192);
    codec.decompress(method, readOnly, 10_001, length, heap, MARGIN, 8192);
    assertThat(between(heap, 8192)).isEqualTo(image);
    assertThat(direct.position()).isEqualTo(77);
  }

  @ParameterizedTest
  @EnumSource(ImageCompression.class)
  void writesNothingIfTheResultIsNotShortEnough(ImageCompression method) {
    byte[] noise = new byte[8192];
    new Random(62).nextBytes(noise);
    ByteBuffer target = guarded(8191);
    assertThat(codec.compress(method, ByteBuffer.wrap(noise), 0, 8192, target, MARGIN, 8191))
        .isEqualTo(-1);
    assertThat(between(target, 8191)).containsOnly(GUARD);
  }

  @ParameterizedTest
  @EnumSource(
      value = ImageCompression.class,
      names = {"PGLZ", "LZ4", "ZSTD"})
  void takesTheLengthAllowedToTheByte(ImageCompression method) {
    byte[] image = image(new Random(63), 8192);
    int length = compress(method, image, 8192).length;
    ByteBuffer target = guarded(length);
    ByteBuffer source = ByteBuffer.wrap(image);
    assertThat(codec.compress(method, source, 0, 8192, target, MARGIN, length)).isEqualTo(length);
    assertThat(codec.compress(method, source, 0, 8192, target, MARGIN, length - 1)).isEqualTo(-1);
  }

  @ParameterizedTest
  @EnumSource(ImageCompression.class)
  void refusesAnotherLength(ImageCompression method) {
    byte[] image = image(new Random(64), 5000);
    byte[] compressed = compress(method, image, 6000);
    assertBad(method, compressed, 5001);
    if (method != ImageCompression.PGLZ) { // its last match is clamped, as the server does
      assertBad(method, compressed, 4999);
    }
    assertBad(method, compressed, 1);
    assertBad(method, compressed, 0);
  }

  @ParameterizedTest
  @EnumSource(ImageCompression.class)
  void refusesEveryTruncation(ImageCompression method) {
    byte[] image = image(new Random(65), 3000);
    byte[] compressed = compress(method, image, 4000);
    for (int length = 0; length < compressed.length; length++) {
      assertBad(method, Arrays.copyOf(compressed, length), 3000);
    }
    assertBad(method, Arrays.copyOf(compressed, compressed.length + 1), 3000);
  }

  @ParameterizedTest
  @EnumSource(ImageCompression.class)
  void keepsInsideTheTargetWhateverItReadsOfSeed66(ImageCompression method) {
    Random random = new Random(66);
    byte[] compressed = compress(method, image(random, 4096), 8192);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = compressed.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      tryToDecompress(method, damaged, 1 + random.nextInt(8192));
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      tryToDecompress(method, noise, random.nextInt(8193));
    }
  }

  @ParameterizedTest
  @EnumSource(ImageCompression.class)
  void takesMoreThanAPage(ImageCompression method) throws Exception {
    byte[] chunk = image(new Random(67), 1 << 20);
    byte[] compressed = compress(method, chunk, 1 << 21);
    assertThat(decompress(method, compressed, 1 << 20)).isEqualTo(chunk);
  }

  @Test
  void readsALz4BlockAndAZstdFrameMadeByOthers() throws Exception {
    byte[] expected = new byte[40];
    Arrays.fill(expected, (byte) 'a');
    // one literal and a match of 34 one byte back, then the five literals an LZ4 block must end
    // with
    byte[] lz4 = HexFormat.of().parseHex("1f61" + "0100" + "0f" + "50" + "6161616161");
    assertThat(decompress(ImageCompression.LZ4, lz4, 40)).isEqualTo(expected);
    // frame of 40 bytes: magic, single-segment descriptor, size, one RLE block that is the last
    byte[] zstd = HexFormat.of().parseHex("28b52ffd" + "20" + "28" + "430100" + "61");
    assertThat(decompress(ImageCompression.ZSTD, zstd, 40)).isEqualTo(expected);
  }

  @Test
  void worksAgainAfterClose() throws Exception {
    codec.close();
    byte[] image = image(new Random(68), 100);
    assertThat(
            decompress(
                ImageCompression.ZSTD, compress(ImageCompression.ZSTD, image, 200), image.length))
        .isEqualTo(image);
  }

  private byte[] compress(ImageCompression method, byte[] image, int maxLength) {
    ByteBuffer target = guarded(maxLength);
    int length =
        codec.compress(method, ByteBuffer.wrap(image), 0, image.length, target, MARGIN, maxLength);
    assertThat(length).isNotNegative();
    assertThat(Arrays.copyOfRange(between(target, maxLength), length, maxLength))
        .containsOnly(GUARD);
    return Arrays.copyOf(between(target, maxLength), length);
  }

  private byte[] decompress(ImageCompression method, byte[] compressed, int length)
      throws BadImageException {
    ByteBuffer source = ByteBuffer.allocate(compressed.length + 2).put(1, compressed);
    ByteBuffer target = guarded(length);
    codec.decompress(method, source, 1, compressed.length, target, MARGIN, length);
    return between(target, length);
  }

  private void tryToDecompress(ImageCompression method, byte[] compressed, int length) {
    ByteBuffer target = guarded(length);
    try {
      codec.decompress(
          method, ByteBuffer.wrap(compressed), 0, compressed.length, target, MARGIN, length);
    } catch (BadImageException e) {
      byte[] untouched = new byte[length];
      Arrays.fill(untouched, GUARD);
      assertThat(between(target, length)).isEqualTo(untouched);
    }
    between(target, length);
  }

  private void assertBad(ImageCompression method, byte[] compressed, int length) {
    assertThatThrownBy(() -> decompress(method, compressed, length))
        .isInstanceOf(BadImageException.class);
  }

  private static ByteBuffer guarded(int length) {
    byte[] bytes = new byte[length + 2 * MARGIN];
    Arrays.fill(bytes, GUARD);
    return ByteBuffer.wrap(bytes);
  }

  /** Returns what lies between the guards, which must be whole. */
  private static byte[] between(ByteBuffer buffer, int length) {
    byte[] guards = new byte[2 * MARGIN];
    buffer.get(0, guards, 0, MARGIN).get(MARGIN + length, guards, MARGIN, MARGIN);
    byte[] untouched = new byte[2 * MARGIN];
    Arrays.fill(untouched, GUARD);
    assertThat(guards).isEqualTo(untouched);
    byte[] bytes = new byte[length];
    buffer.get(MARGIN, bytes);
    return bytes;
  }

  /** Repeats of short words with some noise, which every method can shorten. */
  private static byte[] image(Random random, int length) {
    byte[] image = new byte[length];
    byte[] word = new byte[1 + random.nextInt(40)];
    random.nextBytes(word);
    for (int at = 0; at < length; at++) {
      image[at] = random.nextInt(50) == 0 ? (byte) random.nextInt() : word[at % word.length];
    }
    return image;
  }
}
