/** What may go from an archive: which backups are needed, which WAL, and in which order. */
@NullMarked
package org.walfmt.retention;

import org.jspecify.annotations.NullMarked;
