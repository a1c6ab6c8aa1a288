/** The rules of the house, as {@code spec/architecture.md} states them. */
@NullMarked
package org.walfmt.tests.architecture;

import org.jspecify.annotations.NullMarked;
