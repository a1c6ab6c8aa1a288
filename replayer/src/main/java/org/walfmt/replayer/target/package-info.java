/** Which backup recovery must start from to reach its target. */
@NullMarked
package org.walfmt.replayer.target;

import org.jspecify.annotations.NullMarked;
