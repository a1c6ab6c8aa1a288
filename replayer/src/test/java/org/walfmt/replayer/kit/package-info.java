/** Synthetic clusters and their backups, for tests without a server. */
@NullMarked
package org.walfmt.replayer.kit;

import org.jspecify.annotations.NullMarked;
