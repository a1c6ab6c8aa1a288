/** Starting a restored server, and waiting until it is where it should be. */
@NullMarked
package org.walfmt.replayer.start;

import org.jspecify.annotations.NullMarked;
