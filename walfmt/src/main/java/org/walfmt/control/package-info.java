/**
 * What a server keeps beside its relations and WAL: the control file, the labels of a backup,
 * timeline histories, relation maps.
 *
 * <p>Bytes and text to values and back; nothing opens a file.
 */
@NullMarked
package org.walfmt.control;

import org.jspecify.annotations.NullMarked;
