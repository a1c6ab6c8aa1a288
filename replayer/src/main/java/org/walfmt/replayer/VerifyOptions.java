package org.walfmt.replayer;

import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.archive.Archive;

/**
 * What is to be verified.
 *
 * @param backup an id, the first eight digits of one, or {@link RestoreOptions#LATEST}
 * @param chain whether the backups it builds on are verified too, and that all blocks are there
 * @param base the external base backup that the chain builds on, to be verified with it
 * @param walCheck whether the ordinary WAL from start to stop must be in the archive
 * @param maxFindings after so many findings the work ends
 */
public record VerifyOptions(
    Archive archive,
    String backup,
    boolean chain,
    Optional<Path> base,
    boolean walCheck,
    int maxFindings) {
  /** The usual limit on findings. */
  public static final int DEFAULT_FINDINGS = 1000;

  /** A backup with its chain and its WAL. */
  public static VerifyOptions of(Archive archive, String backup) {
    return new VerifyOptions(archive, backup, true, Optional.empty(), true, DEFAULT_FINDINGS);
  }
}
