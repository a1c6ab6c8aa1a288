/** Summaries of WAL as files: walfmt's own, written as the WAL grows, and the server's. */
@NullMarked
package org.walfmt.writer.summaries;

import org.jspecify.annotations.NullMarked;
