package org.walfmt.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;

/** Each kind of record that changes files, in the layouts of section 14 of the formats. */
class RecordChangesTest {
  private static final int XLOG = 0;
  private static final int SMGR = 2;
  private static final int DBASE = 4;
  private static final int TBLSPC = 5;
  private static final int RELMAP = 7;
  private static final int HEAP = 10;
  private static final int CUSTOM = 128;

  /** 1663/5/16384. */
  private static final String LOCATOR = "7f060000 05000000 00400000";

  private static void isCorrupt(PgVersion version, int rmid, int info, String data, String fact) {
    assertThatThrownBy(() -> RawRecords.of(version).add(rmid, info, data))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage(fact + " " + RawRecords.AT);
  }

  private static void isUnknown(PgVersion version, int rmid, int info, String data) {
    assertThatThrownBy(() -> RawRecords.of(version).add(rmid, info, data))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessage(
            String.format(
                "record of resource manager %d, info %02X changes relation files in an unknown way"
                    + " %s",
                rmid, info, RawRecords.AT));
  }

  @Nested
  class Blocks {
    /** Main 7, FSM 8 and VM 9 of 1663/5/16384, and block 2^32 - 2 of 1663/5/4294901762. */
    private static final String HEADERS =
        ("00 00 0000" + LOCATOR + "07000000")
            + ("01 81 0000" + "08000000")
            + ("02 82 0000" + "09000000")
            + ("03 00 0000" + "7f060000 05000000 0200ffff" + "feffffff");

    @Test
    void everyBlockNamedByARecordIsMarkedButThoseOfFreeSpaceMaps() throws WalFormatException {
      assertThat(RawRecords.of(PgVersion.V16).fragments(HEAP, 0x00, HEADERS, ""))
          .hasToString(
              "[1663/5/16384 fork 0 blocks {7}, 1663/5/16384 fork 2 blocks {9},"
                  + " 1663/5/4294901762 fork 0 blocks {4294967294}]");
    }

    @Test
    void onlyMainForksAreKeptIfOthersAreTakenWhole() throws WalFormatException {
      assertThat(new RawRecords(PgVersion.V16, true).fragments(HEAP, 0x00, HEADERS, ""))
          .hasToString(
              "[1663/5/16384 fork 0 blocks {7}, 1663/5/4294901762 fork 0 blocks {4294967294}]");
    }

    @Test
    void blocksOfAnUnknownManagerWithoutTheSpecialBitCount() throws WalFormatException {
      assertThat(
              RawRecords.of(PgVersion.V15)
                  .fragments(CUSTOM, 0x30, "00 00 0000" + LOCATOR + "07000000", ""))
          .hasToString("[1663/5/16384 fork 0 blocks {7}]");
    }

    @Test
    void unknownManagersAreRememberedWithTheirFirstRecords() throws WalFormatException {
      RawRecords records = RawRecords.of(PgVersion.V15);
      records.add(HEAP, 0x00, "").add(200, 0x30, "").add(CUSTOM, 0x30, "").add(200, 0x40, "");
      assertThat(records.records.customManagers())
          .containsExactly(entry(CUSTOM, RawRecords.AT), entry(200, RawRecords.AT));
    }
  }

  /** {@code XLR_SPECIAL_REL_UPDATE} on what this program does not know. */
  @ParameterizedTest
  @CsvSource({
    "128, 0x01",
    "255, 0xF1",
    "10, 0x01",
    "0, 0x21",
    "0, 0xF1",
    "1, 0x71",
    "1, 0x11",
    "5, 0x01",
    "7, 0x01",
    "2, 0x31",
    "2, 0x30",
    "2, 0x00",
    "4, 0x71",
    "4, 0x30"
  })
  void whatChangesFilesInAnUnknownWayIsRefused(int rmid, int info) {
    isUnknown(PgVersion.V18, rmid, info, "00".repeat(64));
  }

  @ParameterizedTest
  @CsvSource({"0, 0x20", "1, 0x10", "1, 0x50", "1, 0x60", "5, 0x00", "5, 0x10", "7, 0x00"})
  void whatChangesNoRelationFilesIsPassedOver(int rmid, int info) throws WalFormatException {
    assertThat(RawRecords.of(PgVersion.V18).add(rmid, info, "00".repeat(64))).hasToString("[]");
  }

  @Nested
  class Storage {
    @ParameterizedTest
    @EnumSource
    void aCreatedForkHasNoOlderBlocks(PgVersion version) throws WalFormatException {
      RawRecords records =
          RawRecords.of(version)
              .add(SMGR, 0x11, LOCATOR + "00000000")
              .add(SMGR, 0x11, LOCATOR + "01000000")
              .add(SMGR, 0x11, LOCATOR + "02000000")
              .add(SMGR, 0x11, LOCATOR + "03000000");
      assertThat(records)
          .hasToString(
              "[1663/5/16384 fork 0 limit 0 blocks {}, 1663/5/16384 fork 2 limit 0 blocks {},"
                  + " 1663/5/16384 fork 3 limit 0 blocks {}]");
    }

    @ParameterizedTest
    @CsvSource({"04000000, 4", "ffffffff, -1"})
    void aForkThatDoesNotExistIsCorrupt(String fork, int number) {
      isCorrupt(PgVersion.V16, SMGR, 0x11, LOCATOR + fork, "invalid fork number " + number);
    }

    /** The flags: 1 heap, 2 visibility map, 4 free-space map; the maps' lengths follow. */
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "0 | []",
          "1 | [1663/5/16384 fork 0 limit 32673 blocks {}]",
          "2 | [1663/5/16384 fork 2 limit 2 blocks {}]",
          "3 | [1663/5/16384 fork 0 limit 32673 blocks {}, 1663/5/16384 fork 2 limit 2 blocks {}]",
          "4 | []",
          "5 | [1663/5/16384 fork 0 limit 32673 blocks {}]",
          "6 | [1663/5/16384 fork 2 limit 2 blocks {}]",
          "7 | [1663/5/16384 fork 0 limit 32673 blocks {}, 1663/5/16384 fork 2 limit 2 blocks {}]"
        })
    void aTruncationCutsTheForksOfItsFlags(int flags, String expected) throws WalFormatException {
      assertThat(
              RawRecords.of(PgVersion.V13)
                  .add(SMGR, 0x21, "a17f0000" + LOCATOR + "0" + flags + "000000"))
          .hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource({
      "00000000, 0, 0",
      "01000000, 1, 1",
      "a07f0000, 32672, 1",
      "a17f0000, 32673, 2",
      "ffffffff, 4294967295, 131458"
    })
    void aMapIsCutToThePagesThatItsHeapNeeds(String length, long heap, long map)
        throws WalFormatException {
      RawRecords records =
          RawRecords.of(PgVersion.V18)
              .add(SMGR, 0x11, LOCATOR + "02000000")
              .add(SMGR, 0x21, length + "7f060000 05000000 01400000" + "07000000");
      assertThat(records.changes.find(1663, 5, 0x4001, 2))
          .isNotNull()
          .extracting(ForkChanges::limit)
          .isEqualTo(map);
      assertThat(records.changes.find(1663, 5, 0x4001, 0))
          .isNotNull()
          .extracting(ForkChanges::limit)
          .isEqualTo(heap);
    }

    @Test
    void aTruncationForgetsWhatWasMarkedAboveIt() throws WalFormatException {
      String block = "00 00 0000" + LOCATOR;
      RawRecords records =
          RawRecords.of(PgVersion.V17)
              .fragments(HEAP, 0x00, block + "02000000", "")
              .fragments(HEAP, 0x00, block + "07000000", "")
              .add(SMGR, 0x21, "05000000" + LOCATOR + "07000000")
              .fragments(HEAP, 0x00, block + "08000000", "");
      assertThat(records)
          .hasToString(
              "[1663/5/16384 fork 0 limit 5 blocks {2,8}, 1663/5/16384 fork 2 limit 1 blocks {}]");
    }

    @Test
    void recordsThatAreTooShortAreCorrupt() {
      isCorrupt(PgVersion.V16, SMGR, 0x11, LOCATOR, "main data has 12 bytes, expected 16");
      isCorrupt(
          PgVersion.V16,
          SMGR,
          0x21,
          "05000000" + LOCATOR + "0700",
          "main data has 18 bytes, expected 20");
    }
  }

  @Nested
  class Databases {
    /** Database 16385 in tablespace 16390, of database 5 in tablespace 1663. */
    private static final String COPY = "01400000 06400000 05000000 7f060000";

    private static final String DROP = "01400000 02000000 06400000 7f060000";
    private static final String DROPPED =
        "[1663/16385/0 fork 0 limit 0 blocks {}, 16390/16385/0 fork 0 limit 0 blocks {}]";

    @ParameterizedTest
    @EnumSource
    void aDirectoryCopiedFileByFileIsNew(PgVersion version) throws WalFormatException {
      RawRecords records = RawRecords.of(version).add(DBASE, 0x01, COPY);
      assertThat(records).hasToString("[16390/16385/0 fork 0 limit 0 blocks {}]");
      assertThat(records.changes.isNewDirectory(16390, 16385)).isTrue();
      assertThat(records.changes.isNewDirectory(1663, 5)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(
        mode = EnumSource.Mode.EXCLUDE,
        names = {"V13", "V14"})
    void aDirectoryMadeByItsRecordsIsNewFrom15On(PgVersion version) throws WalFormatException {
      assertThat(RawRecords.of(version).add(DBASE, 0x10, "01400000 06400000"))
          .hasToString("[16390/16385/0 fork 0 limit 0 blocks {}]");
    }

    @ParameterizedTest
    @EnumSource(names = {"V13", "V14"})
    void removedDirectoriesOf13And14(PgVersion version) throws WalFormatException {
      assertThat(RawRecords.of(version).add(DBASE, 0x11, DROP)).hasToString(DROPPED);
      isUnknown(version, DBASE, 0x21, DROP);
    }

    @ParameterizedTest
    @EnumSource(
        mode = EnumSource.Mode.EXCLUDE,
        names = {"V13", "V14"})
    void removedDirectoriesFrom15On(PgVersion version) throws WalFormatException {
      assertThat(RawRecords.of(version).add(DBASE, 0x21, DROP)).hasToString(DROPPED);
    }

    @ParameterizedTest
    @CsvSource({"03000000, 3", "ffffffff, 4294967295", "00000080, 2147483648"})
    void aListThatIsCutOffIsCorrupt(String count, long number) {
      isCorrupt(
          PgVersion.V18,
          DBASE,
          0x21,
          "01400000" + count + "06400000 7f060000",
          "list of " + number + " tablespaces is cut off");
    }

    @Test
    void recordsThatAreTooShortAreCorrupt() {
      isCorrupt(PgVersion.V13, DBASE, 0x01, "01400000 0640", "main data has 6 bytes, expected 8");
      isCorrupt(PgVersion.V18, DBASE, 0x21, "01400000", "main data has 4 bytes, expected 8");
    }
  }

  @Nested
  class WalLevels {
    private static final String PARAMETERS = "64000000 08000000 0a000000 00000000 40000000";

    private static boolean isMinimal(PgVersion version, int info, String data)
        throws WalFormatException {
      RawRecords records = RawRecords.of(version).add(XLOG, info, data);
      assertThat(records.records.minimalWalLevel() != null)
          .isEqualTo(records.records.sawMinimalWalLevel());
      return records.records.sawMinimalWalLevel();
    }

    @ParameterizedTest
    @EnumSource
    void aChangedParameterTells(PgVersion version) throws WalFormatException {
      assertThat(isMinimal(version, 0x60, PARAMETERS + "00000000 00000000")).isTrue();
      assertThat(isMinimal(version, 0x60, PARAMETERS + "01000000 00000000")).isFalse();
      assertThat(isMinimal(version, 0x60, PARAMETERS + "02000000 00000000")).isFalse();
    }

    static Stream<String> checkpoints() {
      // redo, timeline, previous one, full_page_writes; then in 17 the level, before it the XID
      String start = "28000003 00000000 01000000 01000000 01000000";
      return Stream.of(start + "00000000" + "00".repeat(64));
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void checkpointsTellFrom17On(String minimal) throws WalFormatException {
      String replica = minimal.substring(0, 45) + "01" + minimal.substring(47);
      assertThat(RawRecords.bytes(minimal)).hasSize(88);
      for (int info : new int[] {0x00, 0x10}) {
        assertThat(isMinimal(PgVersion.V16, info, minimal)).isFalse();
        assertThat(isMinimal(PgVersion.V17, info, minimal)).isTrue();
        assertThat(isMinimal(PgVersion.V18, info, minimal)).isTrue();
        assertThat(isMinimal(PgVersion.V18, info, replica)).isFalse();
      }
    }

    @Test
    void theEndOfRecoveryTellsFrom17On() throws WalFormatException {
      String start = "0000000000000000 02000000 01000000";
      assertThat(isMinimal(PgVersion.V16, 0x90, start)).isFalse();
      assertThat(isMinimal(PgVersion.V17, 0x90, start + "00000000 00000000")).isTrue();
      assertThat(isMinimal(PgVersion.V17, 0x90, start + "01000000 00000000")).isFalse();
      isCorrupt(PgVersion.V17, XLOG, 0x90, start, "main data has 16 bytes, expected 20");
    }

    @Test
    void theRedoRecordTellsFrom17On() throws WalFormatException {
      assertThat(isMinimal(PgVersion.V17, 0xE0, "00000000")).isTrue();
      assertThat(isMinimal(PgVersion.V18, 0xE0, "01000000")).isFalse();
      isCorrupt(PgVersion.V18, XLOG, 0xE0, "0000", "main data has 2 bytes, expected 4");
    }

    @Test
    void aLaterHigherLevelDoesNotUndoIt() throws WalFormatException {
      RawRecords records =
          RawRecords.of(PgVersion.V13)
              .add(XLOG, 0x60, PARAMETERS + "00000000 00000000")
              .add(XLOG, 0x60, PARAMETERS + "01000000 00000000");
      assertThat(records.records.sawMinimalWalLevel()).isTrue();
      assertThat(records.records.minimalWalLevel()).isEqualTo(RawRecords.AT);
    }
  }

  @Nested
  class LongRecords {
    @ParameterizedTest
    @CsvSource({"1, 0x00", "1, 0xA0", "2, 0x11", "4, 0x01", "0, 0x60", "0, 0xE0"})
    void whatListsFilesMustBeThereWhole(int rmid, int info) {
      byte[] body = RawRecords.bytes("fe 00100000" + "00".repeat(4096));
      assertThatThrownBy(() -> RawRecords.of(PgVersion.V17).add(rmid, info, body, 1024))
          .isInstanceOf(UnsupportedWalException.class)
          .hasMessage(
              "record with 4096 bytes of main data is too long to tell what it changes "
                  + RawRecords.AT);
    }

    @ParameterizedTest
    @ValueSource(ints = {XLOG, TBLSPC, RELMAP, HEAP, CUSTOM})
    void ofOthersTheBeginningIsEnough(int rmid) throws WalFormatException {
      byte[] body =
          RawRecords.bytes("00 00 0000" + LOCATOR + "07000000 fe 00100000" + "00".repeat(4096));
      assertThat(RawRecords.of(PgVersion.V17).add(rmid, 0x20, body, 1024))
          .hasToString("[1663/5/16384 fork 0 blocks {7}]");
    }
  }
}
