/** An external base backup as the oldest member of a chain. */
@NullMarked
package org.walfmt.replayer.base;

import org.jspecify.annotations.NullMarked;
