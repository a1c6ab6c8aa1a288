/** Options from a file and from the environment (spec/configuration.md). */
@NullMarked
package org.walfmt.cli.config;

import org.jspecify.annotations.NullMarked;
