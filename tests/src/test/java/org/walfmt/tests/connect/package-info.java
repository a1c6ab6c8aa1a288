/** Connections to real servers, in every way that a server lets somebody in or keeps him out. */
@NullMarked
package org.walfmt.tests.connect;

import org.jspecify.annotations.NullMarked;
