/** From the series of an archive to a data directory: the way back. */
@NullMarked
package org.walfmt.replayer;

import org.jspecify.annotations.NullMarked;
