/** Tests of options from a file and from the environment. */
@NullMarked
package org.walfmt.cli.config;

import org.jspecify.annotations.NullMarked;
