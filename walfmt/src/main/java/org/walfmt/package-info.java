/**
 * The format: LSNs, timelines, segment names and the failures that all other packages speak of.
 *
 * <p>The packages of bytes (page, record, block, control, segment) touch no files; series and
 * archive stand on them.
 */
@NullMarked
package org.walfmt;

import org.jspecify.annotations.NullMarked;
