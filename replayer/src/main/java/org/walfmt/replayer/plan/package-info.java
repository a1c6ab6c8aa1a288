/** Which series make up a chain, and whether they, and the WAL they need, fit together. */
@NullMarked
package org.walfmt.replayer.plan;

import org.jspecify.annotations.NullMarked;
