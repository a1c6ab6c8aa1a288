package org.walfmt.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.WalPosition;

/** Records that real servers wrote, byte for byte. */
class RecordVectorsTest {
  static final String BACKUP_END_13 =
      "220000000000000060000003000000005000000" + "04a97b101ff082800000300000000";
  static final String SWITCH = "180000000000000028000004000000004000000" + "0678765b0";
  static final String MESSAGE_18 =
      "3b00000000000000280bc20100000000001500003b8a723aff2105000000000000000400000000000000"
          + "05000000000000007066780068656c6c6f";
  static final String FPI_13 =
      "6d00000001000000a08d010100000000b00000007ceb6813001000003c001c00057f060000010000001"
          + "70e0000010000000000000000000000000000001c00e01ff01f042000000000e09f20000000000001"
          + "0010008a0e00000000000000000000000000000000000003000000";
  static final String FPI_15 =
      "49000000e2020000c0eac70100000000b0000000d94a5e2f0011000018001800037f06000015400000"
          + "3b0a00000000000000000000c0f5490136280000180000200020042000000000";
  static final String FPI_PGLZ_13 =
      "55000000e501000018f1810100000000b000000025c0b49c001000002200480007a81f7f0600004734"
          + "00000540000000000000020008014800f01ff01f040420010c623105000453091d0f0103f0bf0f16"
          + "02080005";
  static final String FPI_PGLZ_15 =
      "56000000d40200005829740100000000b00000004513dd6e001000002300480007a81f7f0600000500"
          + "00000440000000000000020008014800f01ff01f040420010c6231050004a3091d0f0103f0bf010f"
          + "1601080005";

  private static final WalPosition AT = new WalPosition("x", new Lsn(8), 8);

  static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static DecodedRecord decode(ByteBuffer record, PgVersion version)
      throws CorruptWalException {
    DecodedRecord decoded = new DecodedRecord(version);
    decoded.decode(record, 0, record.capacity(), record.capacity(), AT);
    return decoded;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {BACKUP_END_13, SWITCH, MESSAGE_18, FPI_13, FPI_15, FPI_PGLZ_13, FPI_PGLZ_15})
  void lengthAndChecksumAreThoseThatTheServerWrote(String hex) {
    ByteBuffer record = bytes("ff".repeat(5) + hex);
    int length = hex.length() / 2;
    assertThat(RecordHeader.totalLength(record, 5)).isEqualTo(length);
    RecordCrc crc = new RecordCrc();
    assertThat(crc.compute(record, 5, length)).isEqualTo(RecordHeader.crc(record, 5));
    crc.begin();
    int body = 5 + RecordHeader.LENGTH;
    for (int at = body; at < 5 + length; at++) {
      crc.update(record, at, at + 1);
    }
    assertThat(crc.finish(record, 5)).as("in pieces").isEqualTo(RecordHeader.crc(record, 5));
  }

  /** The check value of CRC-32C: of an empty body, the header's 20 bytes are all that counts. */
  @Test
  void theChecksumIsCrc32c() {
    ByteBuffer text = ByteBuffer.allocate(24 + 9).order(ByteOrder.LITTLE_ENDIAN);
    text.put(24, "123456789".getBytes(StandardCharsets.US_ASCII));
    RecordCrc crc = new RecordCrc();
    crc.begin();
    crc.update(text, 24, 33);
    ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    CRC32C expected = new CRC32C();
    expected.update("123456789".getBytes(StandardCharsets.US_ASCII));
    assertThat(expected.getValue()).isEqualTo(0xE306_9283L);
    expected.update(new byte[20]);
    assertThat(crc.finish(header, 0)).isEqualTo((int) expected.getValue());
  }

  @Test
  void readsTheHeader() {
    ByteBuffer record = bytes(FPI_15);
    assertThat(RecordHeader.totalLength(record, 0)).isEqualTo(73);
    assertThat(RecordHeader.xid(record, 0)).isEqualTo(738);
    assertThat(new Lsn(RecordHeader.prev(record, 0))).isEqualTo(Lsn.parse("0/1C7EAC0"));
    assertThat(RecordHeader.info(record, 0)).isEqualTo(Rmgr.XLOG_FPI);
    assertThat(RecordHeader.rmid(record, 0)).isEqualTo(Rmgr.XLOG);
    record.putInt(0, -1).putInt(4, -1).put(16, (byte) 0xF1).put(17, (byte) 0x80);
    assertThat(RecordHeader.totalLength(record, 0)).isEqualTo(0xFFFF_FFFFL);
    assertThat(RecordHeader.xid(record, 0)).isEqualTo(0xFFFF_FFFFL);
    assertThat(RecordHeader.info(record, 0)).isEqualTo(0xF1);
    assertThat(RecordHeader.rmid(record, 0)).isEqualTo(128);
  }

  @Test
  void takesABackupEndApart() throws CorruptWalException {
    ByteBuffer record = bytes(BACKUP_END_13);
    DecodedRecord decoded = decode(record, PgVersion.V13);
    assertThat(decoded.blockCount()).isZero();
    assertThat(decoded.mainLength()).isEqualTo(8);
    assertThat(new Lsn(record.getLong(decoded.mainOffset()))).isEqualTo(Lsn.parse("0/3000028"));
  }

  @Test
  void takesASwitchApart() throws CorruptWalException {
    DecodedRecord decoded = decode(bytes(SWITCH), PgVersion.V15);
    assertThat(decoded.blockCount()).isZero();
    assertThat(decoded.mainLength()).isZero();
  }

  @Test
  void takesAMessageApart() throws CorruptWalException {
    ByteBuffer record = bytes(MESSAGE_18);
    DecodedRecord decoded = decode(record, PgVersion.V18);
    assertThat(LogicalMessage.prefix(record, decoded)).contains("pfx");
    assertThat(LogicalMessage.messageLength(record, decoded)).isEqualTo(5);
    byte[] message = new byte[5];
    record.get(LogicalMessage.messageOffset(record, decoded), message);
    assertThat(message).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
    assertThat(LogicalMessage.isCanonical(record, decoded)).as("it is of a database").isFalse();
  }

  @Test
  void takesAnImageWithAHoleApart() throws CorruptWalException {
    BlockReference block = decode(bytes(FPI_13), PgVersion.V13).block(0);
    assertThat(block.id()).isZero();
    assertThat(block.tablespace()).isEqualTo(1663);
    assertThat(block.database()).isEqualTo(1);
    assertThat(block.relation()).isEqualTo(3607);
    assertThat(block.fork()).isZero();
    assertThat(block.number()).isEqualTo(1);
    assertThat(block.imageLength()).isEqualTo(60);
    assertThat(block.imageOffset()).isEqualTo(0x6d - 60);
    assertThat(block.holeOffset()).isEqualTo(28);
    assertThat(block.holeLength()).isEqualTo(8132);
    assertThat(block.imageInfo()).isEqualTo(5);
    assertThat(block.compression()).isZero();
    assertThat(block.isApplied()).isTrue();
  }

  /** The same bits mean other things before 15 and after. */
  @Test
  void readsFlagsByTheVersion() throws CorruptWalException {
    BlockReference old = decode(bytes(FPI_PGLZ_13), PgVersion.V14).block(0);
    assertThat(old.compression()).isEqualTo(0x02);
    assertThat(old.isApplied()).isTrue();
    BlockReference recent = decode(bytes(FPI_PGLZ_15), PgVersion.V15).block(0);
    assertThat(recent.compression()).isEqualTo(0x04);
    assertThat(recent.isApplied()).isTrue();
    assertThat(recent.holeOffset()).isEqualTo(72);
    assertThat(recent.holeLength()).isEqualTo(8104);
    assertThat(recent.imageLength()).isEqualTo(35);
    assertThat(decode(bytes(FPI_15), PgVersion.V15).block(0).fork()).isEqualTo(1);
    assertThatThrownBy(() -> decode(bytes(FPI_15), PgVersion.V13))
        .as("bit 2 says compressed")
        .isInstanceOf(CorruptWalException.class);
  }

  @Test
  void restoresPages() throws CorruptWalException {
    ByteBuffer plain = restore(FPI_13, PgVersion.V13);
    assertThat(hex(plain, 0, 28))
        .isEqualTo("0000000000000000000000001c00e01ff01f042000000000e09f2000");
    assertThat(hex(plain, 28, 8160)).matches("(00)*");
    assertThat(hex(plain, 8160, 8192)).isEqualTo(FPI_13.substring(FPI_13.length() - 64));
    assertThat(restore(FPI_PGLZ_13, PgVersion.V13).getShort(14)).isEqualTo((short) 8176);
    ByteBuffer metaPage = restore(FPI_PGLZ_15, PgVersion.V15);
    assertThat(metaPage.getShort(12)).as("pd_lower").isEqualTo((short) 72);
    assertThat(metaPage.getShort(14)).as("pd_upper").isEqualTo((short) 8176);
    assertThat(metaPage.getShort(18)).as("page size and layout").isEqualTo((short) 0x2004);
    assertThat(metaPage.getInt(24)).as("btm_magic").isEqualTo(0x053162);
    assertThat(metaPage.getInt(28)).as("btm_version").isEqualTo(4);
    assertThat(hex(metaPage, 72, 8176)).matches("(00)*");
  }

  private static ByteBuffer restore(String hex, PgVersion version) throws CorruptWalException {
    ByteBuffer record = bytes(hex);
    ByteBuffer out = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    try (ImageRestorer restorer = new ImageRestorer(version)) {
      restorer.restore(record, decode(record, version).block(0), out, 0, () -> AT);
    }
    return out;
  }

  private static String hex(ByteBuffer buffer, int from, int to) {
    byte[] bytes = new byte[to - from];
    buffer.get(from, bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
