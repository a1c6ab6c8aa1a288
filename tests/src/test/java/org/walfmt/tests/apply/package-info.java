/** Standbys that are brought forward in place, as servers see it. */
@NullMarked
package org.walfmt.tests.apply;

import org.jspecify.annotations.NullMarked;
