/**
 * Relation files and their pages: names, headers, checksums, and the zero bytes an image leaves
 * out.
 *
 * <p>Everything here works on bytes in buffers; nothing opens a file.
 */
@NullMarked
package org.walfmt.block;

import org.jspecify.annotations.NullMarked;
