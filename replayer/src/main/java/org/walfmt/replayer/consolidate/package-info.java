/** The sink of a merge that writes a new series. */
@NullMarked
package org.walfmt.replayer.consolidate;

import org.jspecify.annotations.NullMarked;
