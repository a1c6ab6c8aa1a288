/** The ordinary WAL that a backup needs: seen to be in the archive, or put there. */
@NullMarked
package org.walfmt.writer.wal;

import org.jspecify.annotations.NullMarked;
