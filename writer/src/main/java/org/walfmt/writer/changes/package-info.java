/** What a backup builds on, and from that which blocks have to be taken. */
@NullMarked
package org.walfmt.writer.changes;

import org.jspecify.annotations.NullMarked;
