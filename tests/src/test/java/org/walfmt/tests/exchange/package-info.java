/** Export to PostgreSQL's own layout, import from it, and single files out of real backups. */
@NullMarked
package org.walfmt.tests.exchange;

import org.jspecify.annotations.NullMarked;
