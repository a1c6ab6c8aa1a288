/** Tests of what the build makes for people to read. */
@NullMarked
package org.walfmt.cli.documents;

import org.jspecify.annotations.NullMarked;
