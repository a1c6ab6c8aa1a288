/** Archives behind commands and behind the server's archiver, with real servers and real tools. */
@NullMarked
package org.walfmt.tests.archives;

import org.jspecify.annotations.NullMarked;
