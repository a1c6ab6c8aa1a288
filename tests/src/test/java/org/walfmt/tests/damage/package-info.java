/** Archives that are damaged, or made to do harm. */
@NullMarked
package org.walfmt.tests.damage;

import org.jspecify.annotations.NullMarked;
