/** Measurements: what is measured, on what, and how. */
@NullMarked
package org.walfmt.bench;

import org.jspecify.annotations.NullMarked;
