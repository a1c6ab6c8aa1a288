/** The files that are no relation's: read, compared with the parent's, written into the series. */
@NullMarked
package org.walfmt.writer.files;

import org.jspecify.annotations.NullMarked;
