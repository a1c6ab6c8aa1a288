/** WAL that servers wrote: walked, and compared with what PostgreSQL's own readers say. */
@NullMarked
package org.walfmt.tests.wal;

import org.jspecify.annotations.NullMarked;
