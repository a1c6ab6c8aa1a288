/** What a backup asks of the running server. */
@NullMarked
package org.walfmt.writer.server;

import org.jspecify.annotations.NullMarked;
