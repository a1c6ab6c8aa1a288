package org.walfmt.summary;

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
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;

/** Ends of transactions, by the flags that say what is in them; the same in 13 to 18. */
class TransactionRecordTest {
  private static final int XACT = 1;
  private static final String TIME = "00e1f505 00000000";
  private static final String DATABASE = "05000000 7f060000";
  private static final String SUBXACTS = "02000000 e7020000 e8020000";
  private static final String RELATIONS =
      "02000000" + "7f060000 05000000 00400000" + "98060000 00000000 06400000";
  private static final String DROPPED =
      "[1663/5/16384 fork 0 limit 0 blocks {}, 1663/5/16384 fork 2 limit 0 blocks {},"
          + " 1663/5/16384 fork 3 limit 0 blocks {},"
          + " 1688/0/16390 fork 0 limit 0 blocks {}, 1688/0/16390 fork 2 limit 0 blocks {},"
          + " 1688/0/16390 fork 3 limit 0 blocks {}]";

  private static RawRecords added(int info, String data) throws WalFormatException {
    return RawRecords.of(PgVersion.V15).add(XACT, info, data);
  }

  /** 13 does not set {@code XLR_SPECIAL_REL_UPDATE} on these, later majors do. */
  @ParameterizedTest
  @ValueSource(ints = {0x80, 0x81, 0xA0, 0xA1, 0xB0, 0xB1, 0xC0, 0xC1})
  void everyKindOfEndListsItsRelations(int info) throws WalFormatException {
    for (PgVersion version : PgVersion.values()) {
      assertThat(RawRecords.of(version).add(XACT, info, TIME + "04000000" + RELATIONS))
          .hasToString(DROPPED);
    }
  }

  /** With each of the parts before the list there or not, and all of those after it. */
  @ParameterizedTest
  @CsvSource({
    "04000000, ''",
    "05000000, database",
    "06000000, subxacts",
    "07000000, database subxacts",
    "fc010000, ''",
    "ff010000, database subxacts",
    "ff0100e0, database subxacts"
  })
  void theListComesAfterWhatTheFlagsSay(String flags, String parts) throws WalFormatException {
    String before = parts.replace("database", DATABASE).replace("subxacts", SUBXACTS);
    String after =
        "01000000 01000000 05000000 00400000" // statistics that are dropped
            + "01000000 07000000 05000000 00400000 00000000" // an invalidation message
            + "e9020000 74776f00" // prepared, its gid
            + "0000000000000001 0000000000000002"; // where it came from
    assertThat(added(0x81, TIME + flags + before + RELATIONS + after)).hasToString(DROPPED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"00000000", "01000000", "02000000", "03000000", "f8010000"})
  void withoutTheFlagThereIsNoList(String flags) throws WalFormatException {
    String parts = DATABASE + SUBXACTS + RELATIONS;
    int skip = flags.startsWith("02") ? DATABASE.length() : 0;
    assertThat(added(0x80, TIME + flags + parts.substring(skip))).hasToString("[]");
  }

  @Test
  void withoutInfoThereIsNothingButTheTime() throws WalFormatException {
    assertThat(added(0x00, TIME)).hasToString("[]");
    assertThat(added(0x20, TIME + "04000000" + RELATIONS)).hasToString("[]");
  }

  /** Prepared, assignment and invalidations: the files go with the end that follows. */
  @ParameterizedTest
  @ValueSource(ints = {0x10, 0x90, 0x50, 0x60})
  void whatIsNoEndRemovesNothing(int info) throws WalFormatException {
    assertThat(added(info, TIME + "04000000" + RELATIONS)).hasToString("[]");
  }

  @ParameterizedTest
  @EnumSource
  void ofDroppedRelationsTheMainForkAloneIsKeptForBackups(PgVersion version)
      throws WalFormatException {
    assertThat(new RawRecords(version, true).add(XACT, 0x81, TIME + "04000000" + RELATIONS))
        .hasToString(
            "[1663/5/16384 fork 0 limit 0 blocks {}, 1688/0/16390 fork 0 limit 0 blocks {}]");
  }

  @Test
  void aDroppedRelationHasNoBlocks() throws WalFormatException {
    RawRecords records =
        RawRecords.of(PgVersion.V18)
            .fragments(10, 0x00, "00 00 0000 7f060000 05000000 00400000 07000000", "")
            .add(XACT, 0x81, TIME + "04000000 01000000 7f060000 05000000 00400000");
    assertThat(records.changes.find(1663, 5, 16384, 0))
        .hasToString("1663/5/16384 fork 0 limit 0 blocks {}");
  }

  @Test
  void aLongListIsReadToItsEnd() throws WalFormatException {
    int count = 10_000;
    StringBuilder list = new StringBuilder(TIME + "04000000 10270000");
    for (int i = 0; i < count; i++) {
      list.append(String.format("7f06000005000000%08x", Integer.reverseBytes(0x10000 + i)));
    }
    RawRecords records = new RawRecords(PgVersion.V14, true).add(XACT, 0x81, list.toString());
    assertThat(records.changes.size()).isEqualTo(count);
    for (int i = 0; i < count; i++) {
      assertThat(records.changes.find(1663, 5, 0x10000 + i, 0))
          .as("relation %d", i)
          .isNotNull()
          .extracting(ForkChanges::limit)
          .isEqualTo(0L);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "06000000 03000000 e7020000 e8020000, list of 3 items is cut off",
    "06000000 ffffffff e7020000 e8020000, list of 4294967295 items is cut off",
    "06000000 00000040 e7020000 e8020000, list of 1073741824 items is cut off",
    "04000000 02000000 7f060000 05000000 00400000, list of 2 items is cut off",
    "04000000 56555515 7f060000 05000000 00400000, list of 357913942 items is cut off",
    "04000000 ffffffff, list of 4294967295 items is cut off"
  })
  void aListThatIsCutOffIsCorrupt(String data, String fact) {
    assertThatThrownBy(() -> added(0x81, TIME + data))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage(fact + " " + RawRecords.AT);
  }

  /** Up to the end of the list; what follows is not looked at. */
  @Test
  void everyCutIsNoticed() throws WalFormatException {
    byte[] whole = RawRecords.bytes(TIME + "07000000" + DATABASE + SUBXACTS + RELATIONS);
    for (int length = 0; length < whole.length; length++) {
      String cut = HexFormat.of().formatHex(whole, 0, length);
      assertThatThrownBy(() -> added(0x81, cut))
          .as("cut at %d", length)
          .isInstanceOf(CorruptWalException.class);
    }
    assertThat(added(0x81, HexFormat.of().formatHex(whole))).hasToString(DROPPED);
  }

  /** Whatever the bytes: a verdict, and never an exception of the program's own. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomBytesAreRefusedOrRead(long seed) {
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      if (bytes.length > 9) {
        bytes[8] &= 7;
      }
      int info = random.nextInt(16) << 4;
      String data = HexFormat.of().formatHex(bytes);
      try {
        assertThat(added(info, data).changes.size()).isLessThan(3 * 6);
      } catch (WalFormatException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(100, 4900);
  }

  private static long xid(PgVersion version, int info, String data) throws WalFormatException {
    byte[] bytes = HexFormat.of().parseHex(data.replace(" ", ""));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new TransactionRecord(buffer, 0, bytes.length, info)
        .xid(742, version, () -> new WalPosition("segment", new Lsn(1), 0));
  }

  @ParameterizedTest
  @CsvSource({
    "V13, ''",
    "V14, ''",
    "V15, 01000000 01000000 05000000 00400000",
    "V17, 01000000 01000000 05000000 00400000",
    "V18, 01000000 01000000 05000000 00400000 00000000"
  })
  void aPreparedTransactionsNumberComesAfterAllTheRest(PgVersion version, String statistics)
      throws WalFormatException {
    String flags = statistics.isEmpty() ? "ff000000" : "ff010000";
    String data =
        TIME
            + flags
            + DATABASE
            + SUBXACTS
            + RELATIONS
            + statistics
            + "02000000"
            + "07000000 05000000 00400000 00000000".repeat(2)
            + "e9020000 74776f00";
    assertThat(xid(version, 0xB1, data)).isEqualTo(745);
    assertThat(xid(version, 0xC1, data)).isEqualTo(745);
    assertThat(xid(version, 0x81, data)).isEqualTo(742);
    assertThatThrownBy(() -> xid(version, 0xB1, data.substring(0, data.length() - 11)))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("transaction record is cut off");
  }

  @Test
  void anOrdinaryTransactionsNumberIsThatOfTheHeader() throws WalFormatException {
    assertThat(xid(PgVersion.V15, 0x00, TIME)).isEqualTo(742);
    assertThat(xid(PgVersion.V15, 0x20, TIME)).isEqualTo(742);
  }
}
