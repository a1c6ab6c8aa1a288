package org.walfmt.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;

class ControlFileTest {
  @ParameterizedTest
  @CsvSource({
    "V13, 7711857717141150238, 1795556796, 0/15C4948, false",
    "V14, 7711857720734714512, 1795556797, 0/1943170, true",
    "V15, 7711857726009797407, 1795556799, 0/14F4A88, false",
    "V16, 7711857734451620705, 1795556800, 0/14DDE18, false",
    "V17, 7711857740323691425, 1795556802, 0/14DAA28, false",
    "V18, 7711857746257337349, 1795556803, 0/174D2C8, true",
  })
  void readsWhatInitdbWrote(
      PgVersion version, long systemIdentifier, long time, String lsn, boolean dataChecksums)
      throws Exception {
    assertThat(ControlFile.read(Fixtures.controlFile(version)))
        .isEqualTo(
            new ControlFile(
                version,
                systemIdentifier,
                ClusterState.SHUTDOWNED,
                time,
                Lsn.parse(lsn),
                new CheckPointCopy(Lsn.parse(lsn), new TimelineId(1), new TimelineId(1), true),
                Lsn.INVALID,
                new TimelineId(0),
                Lsn.INVALID,
                Lsn.INVALID,
                false,
                WalLevel.REPLICA,
                false,
                SegmentSize.DEFAULT,
                dataChecksums));
  }

  @Test
  void readsEveryFieldFromItsPlace() throws Exception {
    ByteBuffer file = Fixtures.controlFile(PgVersion.V15);
    file.putInt(16, 5).putLong(32, 0x1_0000_0040L).putLong(40, 0x1_0000_0030L);
    file.putInt(48, 7).putInt(52, 6).put(56, (byte) 0);
    file.putLong(136, 0x2_0000_0050L).putInt(144, 5).putLong(152, 0x60).putLong(160, 0x70);
    file.put(168, (byte) 1).putInt(172, 2).put(176, (byte) 1).putInt(228, 1 << 20);
    ControlFile control = ControlFile.read(Fixtures.seal(file, 288));
    assertThat(control)
        .isEqualTo(
            new ControlFile(
                PgVersion.V15,
                7711857726009797407L,
                ClusterState.IN_ARCHIVE_RECOVERY,
                1795556799,
                Lsn.parse("1/40"),
                new CheckPointCopy(Lsn.parse("1/30"), new TimelineId(7), new TimelineId(6), false),
                Lsn.parse("2/50"),
                new TimelineId(5),
                Lsn.parse("0/60"),
                Lsn.parse("0/70"),
                true,
                WalLevel.LOGICAL,
                true,
                new SegmentSize(1 << 20),
                false));
    assertThat(control.state().isShutDown()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(PgVersion.class)
  void noticesEveryFlippedBit(PgVersion version) throws Exception {
    int end = version == PgVersion.V18 ? 296 : 292;
    for (int bit = 0; bit < end * 8; bit++) {
      ByteBuffer file = Fixtures.controlFile(version);
      file.put(bit / 8, (byte) (file.get(bit / 8) ^ 1 << bit % 8));
      assertThatThrownBy(() -> ControlFile.read(file))
          .as("bit %d", bit)
          .isInstanceOfAny(CorruptWalException.class, UnsupportedWalException.class);
    }
  }

  @Test
  void saysWhatCrcItFound() {
    ByteBuffer file = Fixtures.controlFile(PgVersion.V15).put(100, (byte) 1);
    assertThatThrownBy(() -> ControlFile.read(file))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageMatching("pg_control has CRC 54080261, expected [0-9A-F]{8}");
  }

  @Test
  void refusesOtherMajors() {
    assertUnsupported(8, 1201, "pg_control has version 1201, supported are PostgreSQL 13 to 18");
    assertUnsupported(
        12,
        202004022,
        "pg_control has catalog version 202004022, supported are PostgreSQL 13 to 18");
    assertUnsupported(
        12,
        202406281,
        "pg_control has catalog version 202406281, supported are PostgreSQL 13 to 18");
  }

  @Test
  void refusesServersBuiltOtherwise() {
    assertUnsupported(
        8, 0x14050000, "pg_control is of a big-endian server, supported are little-endian ones");
    assertUnsupported(
        204, 4, "pg_control is of another machine architecture, supported are 64-bit ones");
    assertUnsupported(
        208, 1, "pg_control is of another machine architecture, supported are 64-bit ones");
    assertUnsupported(216, 32768, "server is built with blocks of 32768 bytes, supported are 8192");
    assertUnsupported(
        224, 16384, "server is built with WAL pages of 16384 bytes, supported are 8192");
    assertUnsupported(
        220, 16384, "server is built with relation segments of 16384 blocks, supported are 131072");
    assertUnsupported(252, 2, "pg_control has data checksum version 2, supported are 0 and 1");
  }

  @Test
  void refusesNumbersThatMeanNothing() {
    assertCorrupt(16, 7, "pg_control has state 7, expected at most 6");
    assertCorrupt(172, -1, "pg_control has wal_level 4294967295, expected at most 2");
    assertCorrupt(
        228,
        3 << 20,
        "pg_control has WAL segment size 3145728, expected a power of two from 1 MiB to 1 GiB");
  }

  @Test
  void refusesAnotherLength() {
    ByteBuffer file = Fixtures.controlFile(PgVersion.V15);
    assertThatThrownBy(() -> ControlFile.read(file.duplicate().limit(8191)))
        .isInstanceOf(TruncatedWalException.class)
        .hasMessage("pg_control has 8191 bytes instead of 8192");
    assertThatThrownBy(() -> ControlFile.read(ByteBuffer.allocate(8193)))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("pg_control has 8193 bytes instead of 8192");
  }

  private static void assertUnsupported(int offset, int value, String message) {
    ByteBuffer file = Fixtures.seal(Fixtures.controlFile(PgVersion.V15).putInt(offset, value), 288);
    assertThatThrownBy(() -> ControlFile.read(file))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessage(message);
  }

  private static void assertCorrupt(int offset, int value, String message) {
    ByteBuffer file = Fixtures.seal(Fixtures.controlFile(PgVersion.V15).putInt(offset, value), 288);
    assertThatThrownBy(() -> ControlFile.read(file))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage(message);
  }
}
