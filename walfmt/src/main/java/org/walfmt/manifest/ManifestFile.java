package org.walfmt.manifest;

import java.util.Optional;

/**
 * One file of a backup, as a manifest lists it.
 *
 * @param path relative to the data directory, with {@code /} between its parts; never leads out of
 *     it
 * @param size in bytes
 * @param checksum empty if the manifest has none for it
 */
public record ManifestFile(String path, long size, Optional<FileChecksum> checksum) {}
