/** The specification in {@code spec} against the code and the test vectors. */
@NullMarked
package org.walfmt.tests.spec;

import org.jspecify.annotations.NullMarked;
