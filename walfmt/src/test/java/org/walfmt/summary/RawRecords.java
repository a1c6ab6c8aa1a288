package org.walfmt.summary;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;

/** Hands records to a {@link RecordChanges}, whose bytes a test writes out. */
final class RawRecords {
  static final WalPosition AT =
      new WalPosition("000000010000000000000003", new Lsn(0x3000100), 0x100);

  /** So that an offset from the start of the buffer instead of the record's would be noticed. */
  private static final int GUARD = 64;

  final BlockChanges changes = new BlockChanges();
  final RecordChanges records;
  private final DecodedRecord decoded;

  RawRecords(PgVersion version, boolean mainForksOnly) {
    records = new RecordChanges(version, changes, mainForksOnly);
    decoded = new DecodedRecord(version);
  }

  /** A record of which all forks count. */
  static RawRecords of(PgVersion version) {
    return new RawRecords(version, false);
  }

  /** A record with main data alone; spaces in the digits are for the eye. */
  RawRecords add(int rmid, int info, String mainData) throws WalFormatException {
    byte[] main = bytes(mainData);
    String header =
        main.length == 0
            ? ""
            : "fe" + HexFormat.of().toHexDigits(Integer.reverseBytes(main.length));
    return fragments(rmid, info, header, mainData);
  }

  /** A record of fragment headers and the data that they announce. */
  RawRecords fragments(int rmid, int info, String headers, String data) throws WalFormatException {
    byte[] body = bytes(headers + data);
    return add(rmid, info, body, body.length);
  }

  /** A record of which only the first {@code kept} bytes of its body were kept. */
  RawRecords add(int rmid, int info, byte[] body, int kept) throws WalFormatException {
    int total = RecordHeader.LENGTH + body.length;
    ByteBuffer buffer =
        ByteBuffer.allocate(GUARD + RecordHeader.LENGTH + kept).order(ByteOrder.LITTLE_ENDIAN);
    RecordHeader.write(buffer, GUARD, total, rmid, info);
    buffer.put(GUARD + RecordHeader.LENGTH, body, 0, kept);
    decoded.decode(buffer, GUARD, total, RecordHeader.LENGTH + kept, AT);
    records.add(buffer, decoded, rmid, info, kept == body.length, () -> AT);
    return this;
  }

  static byte[] bytes(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  @Override
  public String toString() {
    return changes.sorted().toString();
  }
}
