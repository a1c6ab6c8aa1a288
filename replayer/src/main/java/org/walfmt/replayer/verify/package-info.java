/** Reading everything and keeping nothing: what is wrong with a backup, as a list. */
@NullMarked
package org.walfmt.replayer.verify;

import org.jspecify.annotations.NullMarked;
