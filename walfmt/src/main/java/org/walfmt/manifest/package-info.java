/**
 * The file {@code backup_manifest}, which lists every file of a base backup: reading those of
 * others, writing our own.
 *
 * <p>Both ways are streams: memory does not grow with the number of files.
 */
@NullMarked
package org.walfmt.manifest;

import org.jspecify.annotations.NullMarked;
