/** How results, messages and progress reach the user. */
@NullMarked
package org.walfmt.cli.print;

import org.jspecify.annotations.NullMarked;
