/** The demonstration that {@code bin/demo} runs. */
@NullMarked
package org.walfmt.tests.demo;

import org.jspecify.annotations.NullMarked;
