/** Tests of what crosses a module, or needs a server or PostgreSQL's own tools. */
@NullMarked
package org.walfmt.tests;

import org.jspecify.annotations.NullMarked;
