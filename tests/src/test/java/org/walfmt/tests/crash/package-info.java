/** Backups and restores that are killed. */
@NullMarked
package org.walfmt.tests.crash;

import org.jspecify.annotations.NullMarked;
