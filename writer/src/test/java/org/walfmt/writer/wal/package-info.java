@org.jspecify.annotations.NullMarked
package org.walfmt.writer.wal;
