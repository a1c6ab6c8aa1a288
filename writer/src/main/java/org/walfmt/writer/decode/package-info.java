/** Ordinary WAL, decoded in pieces side by side: which blocks a range of it changed. */
@NullMarked
package org.walfmt.writer.decode;

import org.jspecify.annotations.NullMarked;
