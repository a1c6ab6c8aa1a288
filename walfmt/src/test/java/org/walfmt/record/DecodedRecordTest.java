package org.walfmt.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.WalPosition;

/** The rules that the server checks, each kept and each broken. */
class DecodedRecordTest {
  private static final WalPosition AT = new WalPosition("x", new Lsn(8), 8);
  private static final int GUARD = 64;
  private static final String LOCATOR = "7f060000" + "05000000" + "00400000";
  private static final String NUMBER = "07000000";

  private static DecodedRecord decode(PgVersion version, String fragments, int dataLength)
      throws CorruptWalException {
    byte[] bytes = HexFormat.of().parseHex(fragments.replace(" ", ""));
    int totalLength = RecordHeader.LENGTH + bytes.length + dataLength;
    ByteBuffer record =
        ByteBuffer.allocate(GUARD + totalLength + GUARD).order(ByteOrder.LITTLE_ENDIAN);
    record.put(GUARD + RecordHeader.LENGTH, bytes);
    DecodedRecord decoded = new DecodedRecord(version);
    decoded.decode(record, GUARD, totalLength, totalLength, AT);
    return decoded;
  }

  private static void rejects(String fragments, int dataLength, String fact) {
    assertThatThrownBy(() -> decode(PgVersion.V16, fragments, dataLength))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage(fact + " " + AT);
  }

  @Test
  void findsEveryFragment() throws CorruptWalException {
    DecodedRecord decoded =
        decode(
            PgVersion.V16,
            ("00 20 0300 " + LOCATOR + NUMBER)
                + ("02 92 0000 0a00 0800 03" + "08000000")
                + "20 71 0100 0004 0001 0b 0010 06000000 04000000 0200ffff ffffffff"
                + "fd 0100 fc 02000000 ff 05",
            3 + 10 + 1024 + 1 + 5);
    assertThat(decoded.blockCount()).isEqualTo(3);
    BlockReference first = decoded.block(0);
    assertThat(first.hasImage()).isFalse();
    assertThat(first.dataLength()).isEqualTo(3);
    assertThat(first.number()).isEqualTo(7);
    BlockReference second = decoded.block(1);
    assertThat(second.id()).isEqualTo(2);
    assertThat(second.fork()).isEqualTo(2);
    assertThat(second.relation()).isEqualTo(16384);
    assertThat(second.number()).isEqualTo(8);
    assertThat(second.imageLength()).isEqualTo(10);
    assertThat(second.holeOffset()).isEqualTo(8);
    assertThat(second.holeLength()).isEqualTo(8182);
    assertThat(second.imageOffset()).isEqualTo(first.dataOffset() + 3);
    BlockReference third = decoded.block(2);
    assertThat(third.id()).isEqualTo(32);
    assertThat(third.fork()).isEqualTo(1);
    assertThat(third.flags()).isEqualTo(0x71);
    assertThat(Integer.toUnsignedLong(third.relation())).isEqualTo(0xFFFF_0002L);
    assertThat(third.number()).isEqualTo(-1);
    assertThat(third.holeLength()).isEqualTo(0x1000);
    assertThat(decoded.mainLength()).isEqualTo(5);
  }

  @Test
  void acceptsARecordOfNothing() throws CorruptWalException {
    DecodedRecord decoded = decode(PgVersion.V13, "", 0);
    assertThat(decoded.blockCount()).isZero();
    assertThat(decoded.mainLength()).isZero();
  }

  @Test
  void acceptsLongMainData() throws CorruptWalException {
    assertThat(decode(PgVersion.V13, "fe 00010000", 256).mainLength()).isEqualTo(256);
    assertThat(decode(PgVersion.V13, "fe 00000000", 0).mainLength()).isZero();
  }

  @Test
  void rejectsMainDataOfAnotherLength() {
    String fact = "fragments do not add up to the record's length";
    rejects("ff 05", 4, fact);
    rejects("ff 05", 6, fact);
    rejects("fe ffffffff", 6, fact);
    rejects("fe 00000080", 6, fact);
    rejects("fd 0100", 1, "fragment header is cut off");
  }

  @ParameterizedTest
  @ValueSource(ints = {33, 128, 251})
  void rejectsIdsThatDoNotExist(int id) {
    rejects(
        HexFormat.of().toHexDigits((byte) id) + "00000000", 0, "invalid block reference id " + id);
  }

  @Test
  void rejectsATopLevelTransactionBefore14() throws CorruptWalException {
    String fragments = "fc 02000000 ff 01";
    assertThat(decode(PgVersion.V14, fragments, 1).mainLength()).isEqualTo(1);
    assertThatThrownBy(() -> decode(PgVersion.V13, fragments, 1))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("invalid block reference id 252");
  }

  @ParameterizedTest
  @CsvSource({"00, 0", "05, 5", "04, 4"})
  void rejectsIdsOutOfOrder(String second, int id) {
    String first = "05 00 0000 " + LOCATOR + NUMBER;
    rejects(first + second + "80 0000" + NUMBER, 0, "block reference id " + id + " out of order");
  }

  @Test
  void rejectsAFirstReferenceToTheSameRelation() {
    rejects("00 80 0000" + NUMBER, 0, "first block reference without relation");
  }

  @Test
  void rejectsForksThatDoNotExist() {
    rejects("00 04 0000 " + LOCATOR + NUMBER, 0, "invalid fork number 4");
    rejects("00 0f 0000 " + LOCATOR + NUMBER, 0, "invalid fork number 15");
  }

  @Test
  void rejectsDataWithoutItsFlag() {
    rejects("00 00 0300 " + LOCATOR + NUMBER, 3, "data flag and data length 3 disagree");
    rejects("00 20 0000 " + LOCATOR + NUMBER, 0, "data flag and data length 0 disagree");
  }

  @ParameterizedTest
  @CsvSource({
    "0020 0000 02, 8192, true", // whole, applied
    "0020 0000 00, 8192, true", // whole, for checks only
    "ff1f 0100 03, 8191, true", // a hole of one byte
    "1800 1800 03, 24, true", // a page of zeros
    "0100 0000 06, 1, true", // compressed
    "ff1f 0000 16, 8191, true",
    "ff1f 0000 02, 8191, false", // neither hole nor whole
    "0020 0000 03, 8192, false", // a hole of nothing
    "0020 0100 02, 8192, false", // a hole's offset without a hole
    "1800 0000 03, 24, false", // a hole at the start
    "1800 1900 03, 24, false", // a hole beyond the end
    "0120 0000 02, 8193, false", // longer than a page
    "0020 0000 06, 8192, false", // compressed to a whole page
    "0120 0000 06, 8193, false",
    "0100 0500 06, 1, false", // compressed, a hole's offset without a hole
    "0100 0500 07 0000, 1, false", // a compressed hole of nothing
    "0100 0000 07 0a00, 1, false", // a compressed hole at the start
    "0100 0500 07 fb1f, 1, true",
    "0100 0500 07 fc1f, 1, false", // a compressed hole beyond the end
    "0100 0500 07 ffff, 1, false"
  })
  void checksImageHeaders(String header, int imageLength, boolean isValid) {
    String fragments = "00 10 0000 " + header + LOCATOR + NUMBER;
    boolean found;
    try {
      BlockReference block = decode(PgVersion.V16, fragments, imageLength).block(0);
      assertThat(block.imageLength()).isEqualTo(imageLength);
      found = true;
    } catch (CorruptWalException e) {
      assertThat(e).hasMessageStartingWith("invalid page image: length " + imageLength);
      found = false;
    }
    assertThat(found).isEqualTo(isValid);
  }

  @ParameterizedTest
  @EnumSource(PgVersion.class)
  void knowsTheFlagsOfEachVersion(PgVersion version) throws CorruptWalException {
    boolean recent = version.isAtLeast(PgVersion.V15);
    String apply = recent ? "02" : "04";
    String image = "00 10 0000 0020 0000 ";
    assertThat(decode(version, image + apply + LOCATOR + NUMBER, 8192).block(0).isApplied())
        .isTrue();
    assertThat(decode(version, image + "00" + LOCATOR + NUMBER, 8192).block(0).isApplied())
        .isFalse();
    String pglz = recent ? "04" : "02";
    String compressed = "00 10 0000 0100 0000 " + pglz + LOCATOR + NUMBER;
    assertThat(decode(version, compressed, 1).block(0).compression())
        .isEqualTo(FullPageImage.pglz(version));
  }

  @Test
  void forgetsTheRecordBefore() throws CorruptWalException {
    DecodedRecord decoded = new DecodedRecord(PgVersion.V15);
    ByteBuffer image = RecordVectorsTest.bytes(RecordVectorsTest.FPI_PGLZ_15);
    decoded.decode(image, 0, image.capacity(), image.capacity(), AT);
    ByteBuffer end = RecordVectorsTest.bytes(RecordVectorsTest.BACKUP_END_13);
    decoded.decode(end, 0, end.capacity(), end.capacity(), AT);
    assertThat(decoded.blockCount()).isZero();
    assertThat(decoded.mainLength()).isEqualTo(8);
    ByteBuffer change =
        RecordVectorsTest.bytes("00".repeat(24) + "00000000" + LOCATOR.replace(" ", "") + NUMBER);
    decoded.decode(change, 0, change.capacity(), change.capacity(), AT);
    assertThat(decoded.block(0).imageLength()).isZero();
    assertThat(decoded.block(0).compression()).isZero();
    assertThat(decoded.block(0).isApplied()).isFalse();
    assertThat(decoded.mainLength()).isZero();
  }

  @Test
  void ofALongRecordOnlyTheBeginningIsNeeded() throws CorruptWalException {
    String fragments = "00 10 0000 0020 0000 02" + LOCATOR + NUMBER + "fe 40420f00";
    byte[] bytes = HexFormat.of().parseHex(fragments.replace(" ", ""));
    int kept = RecordHeader.LENGTH + bytes.length + 100;
    ByteBuffer record = ByteBuffer.allocate(kept).order(ByteOrder.LITTLE_ENDIAN);
    record.put(RecordHeader.LENGTH, bytes);
    int total = RecordHeader.LENGTH + bytes.length + 8192 + 1_000_000;
    DecodedRecord decoded = new DecodedRecord(PgVersion.V16);
    decoded.decode(record, 0, total, kept, AT);
    assertThat(decoded.mainLength()).isEqualTo(1_000_000);
    assertThat(decoded.keptMainLength()).isZero();
    assertThat(decoded.block(0).isImageKept()).isFalse();
    assertThat(LogicalMessage.prefix(record, decoded)).isEmpty();
    try (ImageRestorer restorer = new ImageRestorer(PgVersion.V16)) {
      assertThatThrownBy(
              () ->
                  restorer.restore(
                      record, decoded.block(0), ByteBuffer.allocate(8192), 0, () -> AT))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(
            () -> decoded.decode(record, 0, total, RecordHeader.LENGTH + bytes.length - 1, AT))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("fragment header is cut off");
  }

  /** Whatever the bytes are: a record is taken apart or found corrupt, nothing else. */
  @Test
  void neverReadsBeyondTheRecordOfSeed4() {
    Random random = new Random(4);
    String[] vectors = {
      RecordVectorsTest.FPI_13, RecordVectorsTest.FPI_PGLZ_15, RecordVectorsTest.MESSAGE_18
    };
    int decodedRecords = 0;
    DecodedRecord decoded = new DecodedRecord(PgVersion.V15);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = HexFormat.of().parseHex(vectors[i % 3]);
      for (int change = random.nextInt(3); change >= 0; change--) {
        bytes[24 + random.nextInt(Math.min(40, bytes.length - 24))] = (byte) random.nextInt(256);
      }
      ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      try {
        decoded.decode(record, 0, bytes.length, bytes.length, AT);
        decodedRecords++;
        assertThat(decoded.mainOffset() + decoded.mainLength()).isEqualTo(bytes.length);
        assertThat(LogicalMessage.prefix(record, decoded)).isNotNull();
      } catch (CorruptWalException e) {
        assertThat(e).hasMessageEndingWith(AT.toString());
      }
    }
    assertThat(decodedRecords).isBetween(1000, 199_000);
  }
}
