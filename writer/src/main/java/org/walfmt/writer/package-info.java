/** From a running server's data directory to a series in an archive: the way in. */
@NullMarked
package org.walfmt.writer;

import org.jspecify.annotations.NullMarked;
