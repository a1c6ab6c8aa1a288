/** Archives of WAL segments and their companions: put by name, fetched by name, listed. */
@NullMarked
package org.walfmt.archive;

import org.jspecify.annotations.NullMarked;
