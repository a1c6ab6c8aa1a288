/**
 * The oracle: compares the relation files of two data directories block by block, after hiding what
 * PostgreSQL's own check of replay ({@code wal_consistency_checking}) hides, and nothing else.
 *
 * <p>{@link org.walfmt.tests.compare.ReplayTo} brings both to one LSN and their buffers to disk,
 * {@link org.walfmt.tests.compare.RelationKinds} says which mask a file needs, {@link
 * org.walfmt.tests.compare.PageMask} applies it, {@link org.walfmt.tests.compare.ClusterDiff}
 * compares.
 */
@NullMarked
package org.walfmt.tests.compare;

import org.jspecify.annotations.NullMarked;
