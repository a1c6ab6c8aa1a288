/** The test vectors in {@code spec/vectors}: how they were made, and what must come of them. */
@NullMarked
package org.walfmt.tests.vectors;

import org.jspecify.annotations.NullMarked;
