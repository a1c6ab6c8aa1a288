/** The sink that makes a new data directory; nothing else in this module writes files. */
@NullMarked
package org.walfmt.replayer.datadir;

import org.jspecify.annotations.NullMarked;
