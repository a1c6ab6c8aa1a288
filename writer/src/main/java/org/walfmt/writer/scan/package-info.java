/** Reads relation forks, tells which blocks changed, and encodes these as block records. */
@NullMarked
package org.walfmt.writer.scan;

import org.jspecify.annotations.NullMarked;
