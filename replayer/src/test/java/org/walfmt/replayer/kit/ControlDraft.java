package org.walfmt.replayer.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.control.ControlFile;

/** A control file in the making, as far as anybody looks at it; of 15, unless changed. */
public final class ControlDraft {
  public static final int SHUTDOWNED = 1;
  public static final int SHUTDOWNED_IN_RECOVERY = 2;
  public static final int IN_ARCHIVE_RECOVERY = 5;
  public static final int IN_PRODUCTION = 6;

  public PgVersion version = PgVersion.V15;
  public long system = SyntheticArchive.SYSTEM;

  /** Number of a {@code DBState}. */
  public int state = IN_PRODUCTION;

  /** In seconds since 1970. */
  public long time;

  public Lsn redo = new Lsn(0x100_0028);
  public int timeline = 1;
  public Lsn minRecoveryPoint = Lsn.INVALID;
  public int minRecoveryTimeline;
  public Lsn backupStart = Lsn.INVALID;
  public int segmentSize = SyntheticArchive.SIZE.bytes();
  public boolean checksums = true;

  /** One that a standby leaves when it is shut down. */
  public static ControlDraft standby(Lsn redo, Lsn minRecoveryPoint) {
    ControlDraft draft = new ControlDraft();
    draft.state = SHUTDOWNED_IN_RECOVERY;
    draft.redo = redo;
    draft.minRecoveryPoint = minRecoveryPoint;
    draft.minRecoveryTimeline = 1;
    return draft;
  }

  /** The bytes of the file. */
  public byte[] bytes() {
    ByteBuffer file = ByteBuffer.allocate(ControlFile.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(0, system);
    file.putInt(8, version.controlVersion());
    file.putInt(12, version.catalogVersion());
    file.putInt(16, state);
    file.putLong(24, time);
    file.putLong(40, redo.value());
    file.putInt(48, timeline);
    file.putInt(52, timeline);
    file.putLong(136, minRecoveryPoint.value());
    file.putInt(144, minRecoveryTimeline);
    file.putLong(152, backupStart.value());
    file.putInt(172, 1);
    file.putInt(204, 8);
    file.putDouble(208, 1234567.0);
    file.putInt(216, ControlFile.BLOCK_SIZE);
    file.putInt(220, ControlFile.SEGMENT_BLOCKS);
    file.putInt(224, ControlFile.WAL_PAGE_SIZE);
    file.putInt(228, segmentSize);
    file.put(248, (byte) 1);
    file.putInt(252, checksums ? 1 : 0);
    int end = version.isAtLeast(PgVersion.V18) ? 292 : 288;
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, end));
    file.putInt(end, (int) crc.getValue());
    return file.array();
  }

  /** Puts it into a data directory. */
  public void write(Path directory) throws IOException {
    Files.write(directory.resolve(ControlFile.PATH), bytes());
  }
}
