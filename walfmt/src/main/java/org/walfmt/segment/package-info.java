/** Streams of records: laid on pages and segments, and read from them again. */
@NullMarked
package org.walfmt.segment;

import org.jspecify.annotations.NullMarked;
