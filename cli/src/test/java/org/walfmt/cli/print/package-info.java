/** Tests of how things are printed. */
@NullMarked
package org.walfmt.cli.print;

import org.jspecify.annotations.NullMarked;
