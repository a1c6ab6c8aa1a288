/** Man pages and shell completion, made by the build from what the commands say of themselves. */
@NullMarked
package org.walfmt.cli.documents;

import org.jspecify.annotations.NullMarked;
