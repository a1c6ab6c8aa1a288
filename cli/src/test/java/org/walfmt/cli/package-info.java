/** Tests of the command line, as a shell sees it. */
@NullMarked
package org.walfmt.cli;

import org.jspecify.annotations.NullMarked;
