/**
 * Compression of block images and of other bulk bytes in WAL records, as the server does it.
 *
 * <p>Compressed bytes come from archives and are never trusted.
 */
@NullMarked
package org.walfmt.image;

import org.jspecify.annotations.NullMarked;
