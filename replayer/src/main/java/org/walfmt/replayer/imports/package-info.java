/** PostgreSQL's own backups, full and incremental, become series. */
@NullMarked
package org.walfmt.replayer.imports;

import org.jspecify.annotations.NullMarked;
