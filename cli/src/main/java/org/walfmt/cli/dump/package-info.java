/** What {@code walfmt dump} does: choose records, name what they do, print or count them. */
@NullMarked
package org.walfmt.cli.dump;

import org.jspecify.annotations.NullMarked;
