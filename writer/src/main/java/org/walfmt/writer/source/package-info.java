/** A read-only view of a cluster's files: which there are, and in which order. */
@NullMarked
package org.walfmt.writer.source;

import org.jspecify.annotations.NullMarked;
