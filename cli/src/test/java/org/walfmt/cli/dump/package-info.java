/** Tests of what {@code walfmt dump} prints. */
@NullMarked
package org.walfmt.cli.dump;

import org.jspecify.annotations.NullMarked;
