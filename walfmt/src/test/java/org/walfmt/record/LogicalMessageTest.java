package org.walfmt.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.WalPosition;

class LogicalMessageTest {
  private static final WalPosition AT = new WalPosition("x", new Lsn(8), 8);

  private static final String HELLO =
      "3e000000"
          + "00000000"
          + "0000000000000000"
          + "0015"
          + "0000"
          + "00000000"
          + "fe21000000"
          + "00000000"
          + "00000000"
          + "0400000000000000"
          + "0500000000000000"
          + "70667800"
          + "68656c6c6f";

  private static DecodedRecord decode(ByteBuffer record) throws CorruptWalException {
    int length = (int) RecordHeader.totalLength(record, 0);
    DecodedRecord decoded = new DecodedRecord(PgVersion.V18);
    decoded.decode(record, 0, length, length, AT);
    return decoded;
  }

  @Test
  void isWrittenTheOneWay() {
    ByteBuffer record = ByteBuffer.allocate(70).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(record.array(), (byte) 0x5A);
    ByteBuffer message = ByteBuffer.wrap("<hello>".getBytes(StandardCharsets.US_ASCII));
    message.position(1).limit(6);
    int length = LogicalMessage.writeRecord(record, "pfx", message);
    assertThat(HexFormat.of().formatHex(record.array()))
        .isEqualTo(HELLO + "5a".repeat(70 - length));
    assertThat(length).isEqualTo(LogicalMessage.overhead("pfx") + 5);
    assertThat(message.hasRemaining()).isFalse();
  }

  @Test
  void isReadBack() throws CorruptWalException {
    ByteBuffer record = RecordVectorsTest.bytes(HELLO);
    DecodedRecord decoded = decode(record);
    assertThat(LogicalMessage.prefix(record, decoded)).contains("pfx");
    assertThat(LogicalMessage.isCanonical(record, decoded)).isTrue();
    assertThat(LogicalMessage.messageLength(record, decoded)).isEqualTo(5);
    assertThat(LogicalMessage.messageOffset(record, decoded)).isEqualTo(57);
  }

  /** Offsets of prefix size, message size and the prefix's end, in {@link #HELLO}. */
  @ParameterizedTest
  @ValueSource(strings = {"37 00", "37 03", "37 ff", "44 ff", "45 04", "45 06", "52 80", "56 01"})
  void isNoMessageIfItsSizesAreWrong(String change) throws CorruptWalException {
    ByteBuffer record = RecordVectorsTest.bytes(HELLO);
    int at = Integer.parseInt(change.substring(0, 2));
    record.put(at, (byte) Integer.parseInt(change.substring(3), 16));
    assertThat(LogicalMessage.prefix(record, decode(record))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {29, 32, 33, 36})
  void isNotCanonicalWithADatabaseOrATransaction(int offset) throws CorruptWalException {
    ByteBuffer record = RecordVectorsTest.bytes(HELLO);
    record.put(offset, (byte) 1);
    DecodedRecord decoded = decode(record);
    assertThat(LogicalMessage.prefix(record, decoded)).contains("pfx");
    assertThat(LogicalMessage.isCanonical(record, decoded)).isFalse();
  }

  @Test
  void ofNoMainDataIsNoMessage() throws CorruptWalException {
    ByteBuffer record = RecordVectorsTest.bytes(RecordVectorsTest.SWITCH);
    assertThat(LogicalMessage.prefix(record, decode(record))).isEmpty();
  }
}
