package org.walfmt.cli;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.walfmt.cli.config.ConfiguredDefaults;
import org.walfmt.cli.print.Terminal;
import org.walfmt.writer.connect.ConnectionEnvironment;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPolicy;
import org.walfmt.writer.connect.PasswordPrompt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How to reach the server, by libpq's conventions. */
final class ConnectionGroup {
  /** What such a string leaves out is the default, not what a configuration says. */
  private static final Pattern URI = Pattern.compile("^postgres(?:ql)?://");

  @Option(
      names = {"-h", "--host"},
      paramLabel = "HOST",
      description = "Database server's host or socket directory (PGHOST).",
      order = 101)
  @Nullable String host;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      description = "Database server's port (PGPORT).",
      order = 102)
  @Nullable String port;

  @Option(
      names = {"-U", "--username"},
      paramLabel = "NAME",
      description = "Connect as this role (PGUSER).",
      order = 103)
  @Nullable String user;

  @Option(
      names = {"-d", "--dbname"},
      paramLabel = "CONNSTR",
      description = "Database or connection string (PGDATABASE, PGSERVICE).",
      order = 104)
  @Nullable String database;

  @Option(
      names = {"-w", "--no-password"},
      description = "Never ask for a password.",
      order = 105)
  boolean noPassword;

  @Option(
      names = {"-W", "--password"},
      description = "Ask for a password before anything else.",
      order = 106)
  boolean password;

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  /**
   * The value of an option that a connection string may name, too. As an option it would beat the
   * string; if the string is nearer to the user, it does not.
   */
  private @Nullable String beside(@Nullable String value, String option, String keyword) {
    boolean isNamed =
        database != null
            && (URI.matcher(database).find()
                || Pattern.compile("\\b" + keyword + "\\s*=").matcher(database).find());
    boolean isNearer =
        ConfiguredDefaults.level(command, "--dbname")
                .compareTo(ConfiguredDefaults.level(command, option))
            > 0;
    return isNamed && isNearer ? null : value;
  }

  ConnectionOptions options() {
    return builder().build();
  }

  /** In this database, whatever else is said of the connection. */
  ConnectionOptions optionsIn(String name) {
    return builder().database(name).build();
  }

  private ConnectionOptions.Builder builder() {
    PasswordPolicy policy = PasswordPolicy.PROMPT_IF_NEEDED;
    if (noPassword) {
      policy = PasswordPolicy.NEVER_PROMPT;
    } else if (password) {
      policy = PasswordPolicy.FORCE_PROMPT;
    }
    return ConnectionOptions.builder(ConnectionEnvironment.ofProcess())
        .host(beside(host, "--host", "host(?:addr)?"))
        .port(beside(port, "--port", "port"))
        .user(beside(user, "--username", "user"))
        .dbname(database)
        .applicationName("walfmt")
        .passwordPolicy(policy);
  }

  /** Asks on the terminal, if there is one. */
  static PasswordPrompt prompt() {
    return Terminal::askPassword;
  }
}
