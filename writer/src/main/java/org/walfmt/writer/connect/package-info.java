/**
 * Connections to a server, by libpq's conventions over PgJDBC.
 *
 * <p>{@link org.walfmt.writer.connect.ConnectionOptions} holds what the user asked for; {@link
 * org.walfmt.writer.connect.ServerConnection} opens it. In between, the options are completed from
 * connection strings, service files, environment variables and {@code ~/.pgpass}, in libpq's order,
 * so that a command line that works for {@code psql} works here.
 */
@NullMarked
package org.walfmt.writer.connect;

import org.jspecify.annotations.NullMarked;
