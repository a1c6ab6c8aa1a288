/** One file, one fork or one block out of a chain, through the index of each series. */
@NullMarked
package org.walfmt.replayer.extract;

import org.jspecify.annotations.NullMarked;
