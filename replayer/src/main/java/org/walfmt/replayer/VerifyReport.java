package org.walfmt.replayer;

import java.util.List;
import org.walfmt.series.BackupId;

/**
 * What a verification found.
 *
 * @param members the backups that were verified, newest first
 * @param findings what is wrong, in the order found; empty if all is sound
 * @param records records of series that were read
 * @param blocks page images among them
 * @param pages pages whose checksum was computed
 * @param tornPages pages with a wrong checksum that replay writes anew, as their LSN tells
 * @param files other files whose contents were compared with their SHA-256
 * @param bytes bytes of pages and files
 */
public record VerifyReport(
    BackupId backup,
    List<BackupId> members,
    List<Finding> findings,
    long records,
    long blocks,
    long pages,
    long tornPages,
    long files,
    long bytes,
    double seconds) {
  /** Something wrong with a backup: one lower-case fact. */
  public record Finding(BackupId backup, String message) {}

  /** Whether nothing was found. */
  public boolean isSound() {
    return findings.isEmpty();
  }
}
