package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.cli.config.Configuration;
import org.walfmt.cli.config.ConfiguredDefaults;
import org.walfmt.cli.config.InvalidConfigurationException;
import org.walfmt.cli.config.Surroundings;
import org.walfmt.cli.config.Values;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.OutputFailedException;
import org.walfmt.cli.print.StandardOutput;
import org.walfmt.writer.connect.ConnectionFailedException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code walfmt}: puts the subcommands together and turns failures into statuses. */
@Command(
    name = "walfmt",
    description = "Incremental PostgreSQL backups whose container is ordinary WAL.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {
      "  walfmt backup -D /var/lib/postgresql/15/main -A /archive",
      "  walfmt backup -D /var/lib/postgresql/15/main -A /archive --incremental",
      "  walfmt list -A /archive",
      "  walfmt restore -A /archive -D /restored",
      "",
      "\"walfmt COMMAND --help\" tells more about each command."
    },
    subcommands = {
      BackupCommand.class,
      RestoreCommand.class,
      ApplyCommand.class,
      ListCommand.class,
      ShowCommand.class,
      DumpCommand.class,
      VerifyCommand.class,
      MergeCommand.class,
      ExtractCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      ExpireCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      SummarizeCommand.class,
      SummariesCommand.class,
      CommandLine.HelpCommand.class,
      AutoComplete.GenerateCompletion.class
    })
public final class Main implements Runnable {
  private static final Set<String> HELP = Set.of("--help", "-?", "--version", "-V");
  private static final Set<String> HELPERS = Set.of("help", "generate-completion");

  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  /** Runs walfmt and ends the JVM with its exit status. */
  public static void main(String[] args) {
    Interruption interruption = Interruption.watch();
    StandardOutput output = new StandardOutput();
    PrintWriter out = output.writer();
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = run(Surroundings.ofProcess(), out, err, args);
    out.flush();
    Optional<IOException> failure = output.failure();
    if (failure.isPresent()) {
      status = ExitStatus.INPUT_OUTPUT;
      if (!StandardOutput.isBrokenPipe(failure.get())) {
        new Messages(err)
            .error("could not write to standard output: " + failure.get().getMessage());
      }
    }
    interruption.finish();
    if (!interruption.hasBegun()) {
      System.exit(status);
    }
  }

  /** Runs walfmt; all that it prints goes to the two writers. */
  static int run(Surroundings surroundings, PrintWriter out, PrintWriter err, String... args) {
    CommandLine command = commandLine().setOut(out).setErr(err);
    Messages messages = new Messages(err);
    try {
      command.setDefaultValueProvider(
          new ConfiguredDefaults(configuration(surroundings, messages, command, args)));
    } catch (InvalidConfigurationException e) {
      messages.error(String.valueOf(e.getMessage()));
      messages.hint(e.hint());
      return StatusCommand.isCalled(args) ? StatusCommand.UNKNOWN : ExitStatus.USAGE;
    } catch (IOException e) {
      int status = report(e, err, false);
      return StatusCommand.isCalled(args) ? StatusCommand.UNKNOWN : status;
    }
    try {
      return command.execute(args);
    } catch (Error e) { // out of memory among them; picocli handles exceptions alone
      int status = report(e, err, true);
      return StatusCommand.isCalled(args) ? StatusCommand.UNKNOWN : status;
    }
  }

  private static Configuration configuration(
      Surroundings surroundings, Messages messages, CommandLine command, String[] args)
      throws IOException, InvalidConfigurationException {
    if (args.length == 0
        || HELPERS.contains(args[0])
        || List.of(args).stream().anyMatch(HELP::contains)) {
      return Configuration.none(); // help must come whatever the file is like
    }
    if (List.of(args).stream().anyMatch(Values::holdsSecret)) {
      messages.warning("a password on the command line can be seen by all users of this machine");
      messages.hint("Keep it in ~/.pgpass, or give the option in a configuration file.");
    }
    Set<String> options = new HashSet<>();
    addOptions(command, options);
    Configuration configuration = Configuration.load(surroundings, args, options);
    configuration.warnings().forEach(messages::warning);
    return configuration;
  }

  private static void addOptions(CommandLine command, Set<String> names) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      names.add(option.longestName().replaceFirst("^-+", ""));
    }
    command.getSubcommands().values().forEach(each -> addOptions(each, names));
  }

  /** The whole command line, not yet run. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    Messages messages = new Messages(command.getErr());
    messages.error(decapitalized(String.valueOf(e.getMessage())));
    ConfiguredDefaults.origin(command.getCommandSpec(), e.getArgSpec(), e.getValue())
        .ifPresent(messages::detail);
    List<String> similar =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    if (!similar.isEmpty()) {
      messages.hint("Did you mean " + String.join(" or ", similar) + "?");
    }
    messages.hint(
        "Try \"" + command.getCommandSpec().qualifiedName() + " --help\" for more information.");
    return command.getCommand() instanceof StatusCommand ? StatusCommand.UNKNOWN : ExitStatus.USAGE;
  }

  private static String decapitalized(String message) {
    boolean acronym = message.length() > 1 && Character.isUpperCase(message.charAt(1));
    return message.isEmpty() || acronym
        ? message
        : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
  }

  private static int failed(Exception e, CommandLine command, @Nullable ParseResult parsed) {
    int status = report(e, command.getErr(), parsed != null && isVerbose(parsed));
    return command.getCommand() instanceof StatusCommand && status != ExitStatus.INTERRUPTED
        ? StatusCommand.UNKNOWN
        : status;
  }

  private static int report(Throwable e, PrintWriter err, boolean verbose) {
    if (e instanceof OutputFailedException) {
      return ExitStatus.INPUT_OUTPUT; // main knows why
    }
    boolean interrupted = e instanceof IOException && Thread.currentThread().isInterrupted();
    Failure failure = interrupted ? Failure.interrupted() : Failure.of(e);
    Messages messages = new Messages(err);
    if (e instanceof ConnectionFailedException connecting) {
      connecting.warnings().forEach(messages::warning);
    }
    messages.error(failure.message());
    failure.detail().ifPresent(messages::detail);
    failure.hint().ifPresent(messages::hint);
    if (verbose) {
      e.printStackTrace(err);
      err.flush();
    }
    return failure.status();
  }

  private static boolean isVerbose(ParseResult parsed) {
    return parsed.hasMatchedOption("--verbose")
        || (parsed.hasSubcommand() && isVerbose(parsed.subcommand()));
  }
}
