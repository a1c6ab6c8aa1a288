/** The command line: each command parses, calls one façade, and prints. */
@NullMarked
package org.walfmt.cli;

import org.jspecify.annotations.NullMarked;
