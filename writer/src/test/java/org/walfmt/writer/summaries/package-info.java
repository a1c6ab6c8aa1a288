@NullMarked
package org.walfmt.writer.summaries;

import org.jspecify.annotations.NullMarked;
