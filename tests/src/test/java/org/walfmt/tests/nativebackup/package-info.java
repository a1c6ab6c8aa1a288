/**
 * PostgreSQL's own incremental backups (17 and later): taken through the replication protocol, read
 * and combined without the server's tools, which the embedded servers lack.
 */
@NullMarked
package org.walfmt.tests.nativebackup;

import org.jspecify.annotations.NullMarked;
