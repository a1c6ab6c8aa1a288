/** The command line as a shell sees it, on real servers. */
@NullMarked
package org.walfmt.tests.cli;

import org.jspecify.annotations.NullMarked;
