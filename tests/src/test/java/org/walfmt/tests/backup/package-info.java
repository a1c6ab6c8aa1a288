/** Backups of real servers, taken, read by stock tools, restored and compared. */
@NullMarked
package org.walfmt.tests.backup;

import org.jspecify.annotations.NullMarked;
