package org.walfmt.replayer;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.walfmt.archive.Archive;

/**
 * What to export, and where to.
 *
 * @param backup an id, the first eight digits of one, or {@code latest}
 * @param base the external base backup under the chain
 * @param wal whether the ordinary WAL that the backup needs is put into its {@code pg_wal}
 */
public record ExportOptions(
    Archive archive, String backup, Optional<Path> base, boolean wal, Output output) {
  /** Where to. */
  public sealed interface Output {
    /**
     * A directory, new or empty.
     *
     * @param tablespaces old to new directories
     * @param sync whether all is flushed to disk
     * @param cleanUp whether a failed export takes away what it made
     */
    record Directory(Path path, Map<Path, Path> tablespaces, boolean sync, boolean cleanUp)
        implements Output {}

    /** One tar. */
    record Tar(OutputStream out) implements Output {}
  }
}
