/** How an archive is: what could be restored from it, and whether files come and go. */
@NullMarked
package org.walfmt.health;

import org.jspecify.annotations.NullMarked;
