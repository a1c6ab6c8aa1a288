/** Records of WAL: header, fragments, images, checksum; values to bytes and back. */
@NullMarked
package org.walfmt.record;

import org.jspecify.annotations.NullMarked;
