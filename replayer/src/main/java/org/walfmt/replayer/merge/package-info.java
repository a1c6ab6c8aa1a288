/**
 * The merge: the members of a chain, each a sorted run, become one final state that a sink takes.
 */
@NullMarked
package org.walfmt.replayer.merge;

import org.jspecify.annotations.NullMarked;
