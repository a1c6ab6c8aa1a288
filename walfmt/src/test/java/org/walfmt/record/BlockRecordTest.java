package org.walfmt.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.WalPosition;
import org.walfmt.image.ImageCompression;

/** Block records as they are written, and pages as they come back from them. */
class BlockRecordTest {
  private static final WalPosition AT = new WalPosition("x", new Lsn(8), 8);
  private static final int PAGE = 8192;
  private static final int GUARD = 100;
  private static final byte MARK = 0x5A;

  static Stream<Arguments> everyCompressionOfEveryVersion() {
    return Stream.of(PgVersion.values())
        .flatMap(
            version ->
                Stream.of(ImageCompression.values())
                    .filter(compression -> compression.isAvailableIn(version))
                    .map(compression -> Arguments.of(version, compression)));
  }

  private static ByteBuffer marked(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, MARK);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String hex(ByteBuffer buffer, int from, int to) {
    byte[] bytes = new byte[to - from];
    buffer.get(from, bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void assertMarked(ByteBuffer buffer, int from, int to) {
    for (int i = from; i < to; i++) {
      assertThat(buffer.get(i)).isEqualTo(MARK);
    }
  }

  /** The page of the vector of 15, whose hole is all zeros: 24 bytes and then nothing. */
  @Test
  void writesTheRecordThatTheServerWrote() {
    ByteBuffer page = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
    page.put(0, HexFormat.of().parseHex("00000000c0f5490136280000180000200020042000000000"));
    ByteBuffer record = marked(GUARD + BlockRecordEncoder.MAX_LENGTH + GUARD);
    int length;
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(PgVersion.V15, ImageCompression.NONE)) {
      length = encoder.encode(page, 0, 1663, 16405, 2619, 1, 0, record, GUARD);
      assertThat(encoder.imageLength()).isEqualTo(24);
    }
    assertThat(length).isEqualTo(73);
    record.putInt(GUARD + 4, 738);
    RecordHeader.putPrev(record, GUARD, 0x1C7_EAC0);
    RecordHeader.putCrc(record, GUARD, new RecordCrc().compute(record, GUARD, length));
    assertThat(hex(record, GUARD, GUARD + length)).isEqualTo(RecordVectorsTest.FPI_15);
    assertMarked(record, 0, GUARD);
    assertMarked(record, GUARD + length, record.capacity());
  }

  @Test
  void writesAPageOfZerosAsItsHeader() {
    ByteBuffer zeros = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer record = marked(BlockRecordEncoder.MAX_LENGTH);
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(PgVersion.V13, ImageCompression.NONE)) {
      int length = encoder.encode(zeros, 0, 1663, -1, 0xFFFF_FFFE, 3, -2, record, 0);
      assertThat(hex(record, 0, length))
          .isEqualTo(
              "49000000000000000000000000000000b000000000000000"
                  + "0013000018001800057f060000fffffffffefffffffeffffff"
                  + "00".repeat(24));
    }
  }

  @Test
  void writesAPageWithoutZerosWhole() {
    ByteBuffer page = marked(PAGE);
    ByteBuffer record = marked(BlockRecordEncoder.MAX_LENGTH);
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(PgVersion.V18, ImageCompression.NONE)) {
      int length = encoder.encode(page, 0, 1, 2, 3, 0, 4, record, 0);
      assertThat(length).isEqualTo(24 + 9 + 16 + 8192);
      assertThat(hex(record, 24, 49))
          .isEqualTo("00100000" + "0020000002" + "01000000" + "02000000" + "03000000" + "04000000");
      assertThat(hex(record, 49, length)).matches("(5a)*");
    }
  }

  @ParameterizedTest
  @CsvSource({"13, PGLZ, 07", "14, PGLZ, 07", "15, PGLZ, 07", "15, LZ4, 0b", "18, ZSTD, 13"})
  void writesTheFlagsOfCompressedImages(int major, ImageCompression compression, String info)
      throws CorruptWalException {
    PgVersion version = PgVersion.ofMajor(major).orElseThrow();
    ByteBuffer page = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 1000; i++) {
      page.put(i, (byte) (1 + i % 10));
    }
    ByteBuffer record = marked(BlockRecordEncoder.MAX_LENGTH);
    try (BlockRecordEncoder encoder = new BlockRecordEncoder(version, compression)) {
      int length = encoder.encode(page, 0, 1663, 5, 16384, 0, 7, record, 0);
      int image = encoder.imageLength();
      assertThat(image).isBetween(10, 200);
      assertThat(length).isEqualTo(24 + 9 + 2 + 16 + image);
      assertThat(hex(record, 30, 35)).isEqualTo("e803" + info + "181c");
      assertThat(hex(record, 35, 51)).isEqualTo("7f060000" + "05000000" + "00400000" + "07000000");
      assertThat(BlockRecordEncoder.overhead(decode(record, length, version).block(0)))
          .isEqualTo(length - image);
    }
  }

  @Test
  void refusesACompressionThatTheServerCannotRead() {
    assertThatThrownBy(() -> new BlockRecordEncoder(PgVersion.V14, ImageCompression.LZ4))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BlockRecordEncoder(PgVersion.V13, ImageCompression.ZSTD))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static DecodedRecord decode(ByteBuffer record, int length, PgVersion version)
      throws CorruptWalException {
    DecodedRecord decoded = new DecodedRecord(version);
    decoded.decode(record, 0, length, length, AT);
    return decoded;
  }

  /** Zeros, noise and text in runs, sometimes a page like the server's, sometimes all of one. */
  static byte[] randomPage(Random random) {
    byte[] page = new byte[PAGE];
    int at = 0;
    while (at < PAGE) {
      int run = Math.min(PAGE - at, 1 + random.nextInt(1 << random.nextInt(14)));
      int kind = random.nextInt(3);
      for (int i = at; i < at + run; i++) {
        page[i] =
            (byte) (kind == 0 ? 0 : kind == 1 ? random.nextInt(256) : 'a' + i % (1 + run % 20));
      }
      at += run;
    }
    return page;
  }

  @ParameterizedTest
  @MethodSource("everyCompressionOfEveryVersion")
  void everyPageOfSeed5ComesBack(PgVersion version, ImageCompression compression)
      throws CorruptWalException {
    Random random = new Random(5);
    ByteBuffer source = marked(GUARD + PAGE + GUARD);
    ByteBuffer record = marked(GUARD + BlockRecordEncoder.MAX_LENGTH + GUARD);
    ByteBuffer out = marked(GUARD + PAGE + GUARD);
    ByteBuffer marks = marked(2 * PAGE);
    DecodedRecord decoded = new DecodedRecord(version);
    try (BlockRecordEncoder encoder = new BlockRecordEncoder(version, compression);
        ImageRestorer restorer = new ImageRestorer(version)) {
      for (int i = 0; i < 400; i++) {
        byte[] page = randomPage(random);
        source.put(GUARD, page);
        record.put(0, marks, 0, record.capacity());
        out.put(0, marks, 0, out.capacity());
        int length = encoder.encode(source, GUARD, 1663, 5, 16384, 0, i, record, GUARD);
        assertThat(length).isLessThanOrEqualTo(BlockRecordEncoder.MAX_LENGTH);
        assertMarked(record, 0, GUARD);
        // A compressor may use what is left of the longest record, but nothing after that.
        assertMarked(record, GUARD + BlockRecordEncoder.MAX_LENGTH, record.capacity());
        decoded.decode(record, GUARD, length, length, AT);
        assertThat(decoded.mainLength()).isZero();
        assertThat(decoded.block(0).imageLength()).isEqualTo(encoder.imageLength());
        assertThat(decoded.block(0).number()).isEqualTo(i);
        restorer.restore(record, decoded.block(0), out, GUARD, () -> AT);
        assertThat(out.slice(GUARD, PAGE)).isEqualTo(ByteBuffer.wrap(page));
        assertMarked(out, 0, GUARD);
        assertMarked(out, GUARD + PAGE, out.capacity());
      }
    }
  }

  /** Damage that a checksum would have shown: never an exception of another kind. */
  @ParameterizedTest
  @MethodSource("everyCompressionOfEveryVersion")
  void damagedImagesOfSeed6AreCorruptOrPages(PgVersion version, ImageCompression compression) {
    Random random = new Random(6);
    ByteBuffer record = marked(BlockRecordEncoder.MAX_LENGTH + 16);
    ByteBuffer out = marked(GUARD + PAGE + GUARD);
    DecodedRecord decoded = new DecodedRecord(version);
    int corrupt = 0;
    try (BlockRecordEncoder encoder = new BlockRecordEncoder(version, compression);
        ImageRestorer restorer = new ImageRestorer(version)) {
      for (int i = 0; i < 500; i++) {
        ByteBuffer page = ByteBuffer.wrap(randomPage(random)).order(ByteOrder.LITTLE_ENDIAN);
        int length = encoder.encode(page, 0, 1663, 5, 16384, 0, i, record, 0);
        for (int flip = random.nextInt(3); flip >= 0; flip--) {
          int at = 24 + random.nextInt(random.nextBoolean() ? 27 : length - 24);
          record.put(at, (byte) (record.get(at) ^ 1 << random.nextInt(8)));
        }
        try {
          decoded.decode(record, 0, length, length, AT);
          BlockReference block = decoded.block(0);
          if (decoded.blockCount() > 0 && block.hasImage()) {
            restorer.restore(record, block, out, GUARD, () -> AT);
          }
        } catch (CorruptWalException e) {
          corrupt++;
        }
        assertMarked(out, 0, GUARD);
        assertMarked(out, GUARD + PAGE, out.capacity());
      }
    }
    assertThat(corrupt).isPositive();
  }

  @Test
  void twoCompressionsAtOnceAreCorrupt() throws CorruptWalException {
    ByteBuffer record = RecordVectorsTest.bytes(RecordVectorsTest.FPI_PGLZ_15);
    record.put(32, (byte) 0x0F);
    BlockReference block = decode(record, record.capacity(), PgVersion.V15).block(0);
    try (ImageRestorer restorer = new ImageRestorer(PgVersion.V15)) {
      assertThatThrownBy(
              () -> restorer.restore(record, block, ByteBuffer.allocate(PAGE), 0, () -> AT))
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("compression bits 0xc");
    }
  }
}
