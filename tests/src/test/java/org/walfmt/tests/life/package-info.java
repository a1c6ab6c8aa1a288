/** Whole lives of backups: taken, restored, started, compared; and what is refused. */
@NullMarked
package org.walfmt.tests.life;

import org.jspecify.annotations.NullMarked;
