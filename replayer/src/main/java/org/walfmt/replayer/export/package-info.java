/** Backups in the layout of PostgreSQL's own, full and incremental. */
@NullMarked
package org.walfmt.replayer.export;

import org.jspecify.annotations.NullMarked;
