package org.walfmt.control;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;

/**
 * Where the fields of {@code ControlFileData} are, and what they must hold.
 *
 * <p>Little-endian, with the padding of a 64-bit C compiler, so that offsets are given and not
 * chained. The same in 13 to 18 but for the CRC, which 18 has four bytes later. Source: {@code
 * catalog/pg_control.h}; each field was compared with {@code pg_controldata} of each major.
 */
final class ControlFileLayout {
  private static final int SYSTEM_IDENTIFIER = 0;
  private static final int PG_CONTROL_VERSION = 8;
  private static final int CATALOG_VERSION_NO = 12;
  private static final int STATE = 16;
  private static final int TIME = 24;
  private static final int CHECK_POINT = 32;
  private static final int CHECK_POINT_COPY_REDO = 40;
  private static final int CHECK_POINT_COPY_THIS_TIMELINE_ID = 48;
  private static final int CHECK_POINT_COPY_PREV_TIMELINE_ID = 52;
  private static final int CHECK_POINT_COPY_FULL_PAGE_WRITES = 56;
  private static final int MIN_RECOVERY_POINT = 136;
  private static final int MIN_RECOVERY_POINT_TLI = 144;
  private static final int BACKUP_START_POINT = 152;
  private static final int BACKUP_END_POINT = 160;
  private static final int BACKUP_END_REQUIRED = 168;
  private static final int WAL_LEVEL = 172;
  private static final int WAL_LOG_HINTS = 176;
  private static final int MAX_ALIGN = 204;
  private static final int FLOAT_FORMAT = 208;
  private static final int BLCKSZ = 216;
  private static final int RELSEG_SIZE = 220;
  private static final int XLOG_BLCKSZ = 224;
  private static final int XLOG_SEG_SIZE = 228;
  private static final int DATA_CHECKSUM_VERSION = 252;
  private static final int CRC = 288;
  private static final int CRC_18 = 292;

  /** {@code FLOATFORMAT_VALUE}: reads so only where doubles are IEEE 754, little-endian. */
  private static final double FLOATFORMAT_VALUE = 1234567.0;

  private static final int MAXIMUM_ALIGNOF = 8;

  /** {@code PG_DATA_CHECKSUM_VERSION}. */
  private static final int CHECKSUMS_ON = 1;

  private ControlFileLayout() {}

  static ControlFile read(ByteBuffer bytes) throws WalFormatException {
    if (bytes.limit() < ControlFile.LENGTH) {
      throw new TruncatedWalException(
          "pg_control has " + bytes.limit() + " bytes instead of " + ControlFile.LENGTH);
    }
    if (bytes.limit() > ControlFile.LENGTH) {
      throw new CorruptWalException(
          "pg_control has " + bytes.limit() + " bytes instead of " + ControlFile.LENGTH);
    }
    ByteBuffer file = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    checkControlVersion(file);
    checkCrc(file);
    PgVersion version = version(file);
    checkBuild(file);
    return new ControlFile(
        version,
        file.getLong(SYSTEM_IDENTIFIER),
        constant(file, STATE, "state", ClusterState.values()),
        file.getLong(TIME),
        lsn(file, CHECK_POINT),
        new CheckPointCopy(
            lsn(file, CHECK_POINT_COPY_REDO),
            timeline(file, CHECK_POINT_COPY_THIS_TIMELINE_ID),
            timeline(file, CHECK_POINT_COPY_PREV_TIMELINE_ID),
            flag(file, CHECK_POINT_COPY_FULL_PAGE_WRITES)),
        lsn(file, MIN_RECOVERY_POINT),
        timeline(file, MIN_RECOVERY_POINT_TLI),
        lsn(file, BACKUP_START_POINT),
        lsn(file, BACKUP_END_POINT),
        flag(file, BACKUP_END_REQUIRED),
        constant(file, WAL_LEVEL, "wal_level", WalLevel.values()),
        flag(file, WAL_LOG_HINTS),
        segmentSize(file),
        dataChecksums(file));
  }

  /** Of an unknown version not even the place of the CRC is known, so this comes first. */
  private static void checkControlVersion(ByteBuffer file) throws UnsupportedWalException {
    int found = file.getInt(PG_CONTROL_VERSION);
    for (PgVersion version : PgVersion.values()) {
      if (version.controlVersion() == found) {
        return;
      }
      if (version.controlVersion() == Integer.reverseBytes(found)) {
        throw new UnsupportedWalException(
            "pg_control is of a big-endian server, supported are little-endian ones");
      }
    }
    throw new UnsupportedWalException(
        "pg_control has version "
            + Integer.toUnsignedString(found)
            + ", supported are "
            + PgVersion.SUPPORTED);
  }

  private static void checkCrc(ByteBuffer file) throws CorruptWalException {
    boolean is18 = file.getInt(PG_CONTROL_VERSION) == PgVersion.V18.controlVersion();
    int at = is18 ? CRC_18 : CRC;
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, at));
    if ((int) crc.getValue() != file.getInt(at)) {
      throw new CorruptWalException(
          String.format("pg_control has CRC %08X, expected %08X", file.getInt(at), crc.getValue()));
    }
  }

  private static PgVersion version(ByteBuffer file) throws UnsupportedWalException {
    int catalogVersion = file.getInt(CATALOG_VERSION_NO);
    return PgVersion.ofCatalogVersion(catalogVersion)
        .filter(version -> version.controlVersion() == file.getInt(PG_CONTROL_VERSION))
        .orElseThrow(
            () ->
                new UnsupportedWalException(
                    "pg_control has catalog version "
                        + Integer.toUnsignedString(catalogVersion)
                        + ", supported are "
                        + PgVersion.SUPPORTED));
  }

  /** What the server was built with; it refuses to start where its own differ. */
  private static void checkBuild(ByteBuffer file) throws UnsupportedWalException {
    if (file.getInt(MAX_ALIGN) != MAXIMUM_ALIGNOF
        || file.getDouble(FLOAT_FORMAT) != FLOATFORMAT_VALUE) {
      throw new UnsupportedWalException(
          "pg_control is of another machine architecture, supported are 64-bit ones");
    }
    requireSize(
        "blocks of %s bytes, supported are %d", file.getInt(BLCKSZ), ControlFile.BLOCK_SIZE);
    requireSize(
        "WAL pages of %s bytes, supported are %d",
        file.getInt(XLOG_BLCKSZ), ControlFile.WAL_PAGE_SIZE);
    requireSize(
        "relation segments of %s blocks, supported are %d",
        file.getInt(RELSEG_SIZE), ControlFile.SEGMENT_BLOCKS);
  }

  private static void requireSize(String message, int found, int supported)
      throws UnsupportedWalException {
    if (found != supported) {
      throw new UnsupportedWalException(
          "server is built with "
              + String.format(message, Integer.toUnsignedString(found), supported));
    }
  }

  private static SegmentSize segmentSize(ByteBuffer file) throws CorruptWalException {
    int bytes = file.getInt(XLOG_SEG_SIZE);
    if (!SegmentSize.isValid(bytes)) {
      throw new CorruptWalException(
          "pg_control has WAL segment size "
              + Integer.toUnsignedString(bytes)
              + ", expected a power of two from 1 MiB to 1 GiB");
    }
    return new SegmentSize(bytes);
  }

  private static boolean dataChecksums(ByteBuffer file) throws UnsupportedWalException {
    int version = file.getInt(DATA_CHECKSUM_VERSION);
    if (version != 0 && version != CHECKSUMS_ON) {
      throw new UnsupportedWalException(
          "pg_control has data checksum version "
              + Integer.toUnsignedString(version)
              + ", supported are 0 and "
              + CHECKSUMS_ON);
    }
    return version == CHECKSUMS_ON;
  }

  private static <E> E constant(ByteBuffer file, int at, String name, E[] constants)
      throws CorruptWalException {
    int number = file.getInt(at);
    if (number < 0 || number >= constants.length) {
      throw new CorruptWalException(
          "pg_control has "
              + name
              + " "
              + Integer.toUnsignedString(number)
              + ", expected at most "
              + (constants.length - 1));
    }
    return constants[number];
  }

  private static Lsn lsn(ByteBuffer file, int at) {
    return new Lsn(file.getLong(at));
  }

  private static TimelineId timeline(ByteBuffer file, int at) {
    return new TimelineId(file.getInt(at));
  }

  private static boolean flag(ByteBuffer file, int at) {
    return file.get(at) != 0;
  }
}
