/** Tests of the reading of native backups. */
@NullMarked
package org.walfmt.replayer.imports;

import org.jspecify.annotations.NullMarked;
