package org.walfmt.replayer;

import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.archive.Archive;
import org.walfmt.image.ImageCompression;

/**
 * What to import.
 *
 * @param source a plain directory, a directory of tars, or a base tar
 * @param parent of an incremental: an id, its first eight digits, or the path of a manifest; empty
 *     for the backup in the archive that starts where its label says
 * @param temporary where tars are unpacked; empty for the system's place
 * @param visibilityMaps whether they are taken; VACUUM makes them anew
 * @param walCheck whether the ordinary WAL that the backup needs must be in it or in the archive
 */
public record ImportOptions(
    Archive archive,
    Path source,
    Optional<String> parent,
    Optional<Path> temporary,
    ImageCompression compression,
    boolean visibilityMaps,
    boolean walCheck) {}
