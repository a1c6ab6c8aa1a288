/**
 * The rules of design section 4, each with a failure on a real server that comes back if the rule
 * is switched off.
 */
@NullMarked
package org.walfmt.tests.rules;

import org.jspecify.annotations.NullMarked;
