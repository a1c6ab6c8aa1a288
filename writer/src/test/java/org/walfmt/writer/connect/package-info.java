@NullMarked
package org.walfmt.writer.connect;

import org.jspecify.annotations.NullMarked;
