package org.walfmt.replayer;

import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.archive.Archive;
import org.walfmt.replayer.extract.Wanted;

/**
 * What to extract.
 *
 * @param backup an id, the first eight digits of one, or {@code latest}
 * @param base the external base backup under the chain
 */
public record ExtractOptions(Archive archive, String backup, Optional<Path> base, Wanted wanted) {}
