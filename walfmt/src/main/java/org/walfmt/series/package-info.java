/**
 * Series: backups as runs of WAL segments. Notes and their JSON, block records, the commit file;
 * writer and reader, mirror images of each other. Specified in {@code spec/format.md}.
 */
@NullMarked
package org.walfmt.series;

import org.jspecify.annotations.NullMarked;
