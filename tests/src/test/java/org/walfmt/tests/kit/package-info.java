/**
 * What the tests are made with: servers of every major version, PostgreSQL's own tools, and walfmt
 * as its users run it.
 */
@NullMarked
package org.walfmt.tests.kit;

import org.jspecify.annotations.NullMarked;
