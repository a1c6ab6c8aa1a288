package org.walfmt.control;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalFormatException;

/**
 * The file {@code pg_filenode.map}, which says which files the mapped catalogs are in: {@code
 * RelMapFile}.
 *
 * <pre>
 *   0       4       8                       504 (13 to 15) or 520
 *   | magic | count | slots of OID and number | CRC | padding of 4 in 13 to 15 |
 * </pre>
 *
 * <p>13 to 15 overwrite it in place, so that a reader may see a mix: on {@code
 * CorruptWalException}, read again. Source: {@code utils/cache/relmapper.c}.
 */
public final class FilenodeMap {
  /** Name of the file, in {@code global} and in the directory of each database. */
  public static final String NAME = "pg_filenode.map";

  private static final int MAGIC = 0;
  private static final int NUM_MAPPINGS = MAGIC + Integer.BYTES;
  private static final int MAPPINGS = NUM_MAPPINGS + Integer.BYTES;
  private static final int MAPPING_LENGTH = 2 * Integer.BYTES;

  private static final int RELMAPPER_FILEMAGIC = 0x592717;
  private static final int SLOTS = 62;
  private static final int SLOTS_16 = 64;
  private static final int LENGTH = 512;
  private static final int LENGTH_16 = 524;

  private FilenodeMap() {}

  /** Returns how many bytes the file has. */
  public static int length(PgVersion version) {
    return version.isAtLeast(PgVersion.V16) ? LENGTH_16 : LENGTH;
  }

  /**
   * Checks the whole file, from index 0 to the buffer's limit: length, magic, count and CRC.
   *
   * @param path of the file, for messages
   */
  public static void check(ByteBuffer bytes, PgVersion version, String path)
      throws WalFormatException {
    int length = length(version);
    if (bytes.limit() < length) {
      throw new TruncatedWalException(
          path + " has " + bytes.limit() + " bytes instead of " + length);
    }
    if (bytes.limit() > length) {
      throw new CorruptWalException(path + " has " + bytes.limit() + " bytes instead of " + length);
    }
    ByteBuffer file = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (file.getInt(MAGIC) != RELMAPPER_FILEMAGIC) {
      throw new CorruptWalException(
          String.format(
              "%s has magic %08X, expected %08X", path, file.getInt(MAGIC), RELMAPPER_FILEMAGIC));
    }
    int slots = version.isAtLeast(PgVersion.V16) ? SLOTS_16 : SLOTS;
    int count = file.getInt(NUM_MAPPINGS);
    if (count < 0 || count > slots) {
      throw new CorruptWalException(
          path
              + " has "
              + Integer.toUnsignedString(count)
              + " mappings, expected at most "
              + slots);
    }
    int crcAt = MAPPINGS + slots * MAPPING_LENGTH;
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, crcAt));
    if ((int) crc.getValue() != file.getInt(crcAt)) {
      throw new CorruptWalException(
          String.format(
              "%s has CRC %08X, expected %08X", path, file.getInt(crcAt), crc.getValue()));
    }
  }
}
