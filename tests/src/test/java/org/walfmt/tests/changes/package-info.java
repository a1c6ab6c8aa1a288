/** What the WAL tells of changed blocks, held against the server's own summaries. */
@NullMarked
package org.walfmt.tests.changes;

import org.jspecify.annotations.NullMarked;
