package org.walfmt.replayer.kit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.walfmt.PgVersion;
import org.walfmt.control.ControlFile;

/** Control files as a server with checksums writes them, as far as anybody looks at them. */
public final class ControlFiles {
  private ControlFiles() {}

  /**
   * A control file of a version up to 17.
   *
   * @param time in seconds since 1970
   */
  public static byte[] of(PgVersion version, long time) {
    ByteBuffer file = ByteBuffer.allocate(ControlFile.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(0, SyntheticArchive.SYSTEM);
    file.putInt(8, version.controlVersion());
    file.putInt(12, version.catalogVersion());
    file.putInt(16, 6);
    file.putLong(24, time);
    file.putInt(48, 1);
    file.putInt(172, 1);
    file.putInt(204, 8);
    file.putDouble(208, 1234567.0);
    file.putInt(216, ControlFile.BLOCK_SIZE);
    file.putInt(220, ControlFile.SEGMENT_BLOCKS);
    file.putInt(224, ControlFile.WAL_PAGE_SIZE);
    file.putInt(228, SyntheticArchive.SIZE.bytes());
    file.put(248, (byte) 1);
    file.putInt(252, 1);
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, 288));
    file.putInt(288, (int) crc.getValue());
    return file.array();
  }
}
