/** The sink that brings a data directory forward where it is, crash-safe. */
@NullMarked
package org.walfmt.replayer.inplace;

import org.jspecify.annotations.NullMarked;
