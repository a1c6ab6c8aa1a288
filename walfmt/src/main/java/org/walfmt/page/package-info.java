/** Pages of WAL: their headers. */
@NullMarked
package org.walfmt.page;

import org.jspecify.annotations.NullMarked;
