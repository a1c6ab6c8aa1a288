/** What the writer's unit tests share. */
@org.jspecify.annotations.NullMarked
package org.walfmt.writer.kit;
