/**
 * Which blocks changed in a range of WAL: taken from its records, and kept in PostgreSQL 17's own
 * format of summary files.
 */
@NullMarked
package org.walfmt.summary;

import org.jspecify.annotations.NullMarked;
