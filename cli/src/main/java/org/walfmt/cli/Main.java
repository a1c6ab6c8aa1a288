package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    })
public final class Main implements Runnable {
  /** In the order of the help. */
  private static final Map<String, Class<?>> COMMANDS = commands();

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
    CommandLine command = commandLine(args).setOut(out).setErr(err);
    Messages messages = new Messages(err);
    try {
      command.setDefaultValueProvider(
          new ConfiguredDefaults(configuration(surroundings, messages, args)));
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
      Surroundings surroundings, Messages messages, String[] args)
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
    Configuration configuration = Configuration.load(surroundings, args, Main::options);
    configuration.warnings().forEach(messages::warning);
    return configuration;
  }

  private static Set<String> options() {
    Set<String> names = new HashSet<>();
    addOptions(commandLine(), names);
    return names;
  }

  private static void addOptions(CommandLine command, Set<String> names) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      names.add(option.longestName().replaceFirst("^-+", ""));
    }
    command.getSubcommands().values().forEach(each -> addOptions(each, names));
  }

  private static Map<String, Class<?>> commands() {
    Map<String, Class<?>> commands = new LinkedHashMap<>();
    commands.put("backup", BackupCommand.class);
    commands.put("restore", RestoreCommand.class);
    commands.put("apply", ApplyCommand.class);
    commands.put("list", ListCommand.class);
    commands.put("show", ShowCommand.class);
    commands.put("dump", DumpCommand.class);
    commands.put("verify", VerifyCommand.class);
    commands.put("merge", MergeCommand.class);
    commands.put("extract", ExtractCommand.class);
    commands.put("export", ExportCommand.class);
    commands.put("import", ImportCommand.class);
    commands.put("expire", ExpireCommand.class);
    commands.put("check", CheckCommand.class);
    commands.put("status", StatusCommand.class);
    commands.put("summarize", SummarizeCommand.class);
    commands.put("summaries", SummariesCommand.class);
    commands.put("help", CommandLine.HelpCommand.class);
    commands.put("generate-completion", AutoComplete.GenerateCompletion.class);
    return Collections.unmodifiableMap(commands);
  }

  /** The whole command line, not yet run. */
  public static CommandLine commandLine() {
    return commandLine(COMMANDS);
  }

  /**
   * As much of it as these arguments need: to put a command together takes longer than to run it.
   */
  private static CommandLine commandLine(String[] args) {
    String name = args.length == 0 ? "" : args[0];
    Class<?> command = COMMANDS.get(name);
    return command == null || HELPERS.contains(name)
        ? commandLine()
        : commandLine(Map.of(name, command));
  }

  private static CommandLine commandLine(Map<String, Class<?>> commands) {
    CommandLine whole = new CommandLine(new Main());
    commands.forEach(whole::addSubcommand);
    return whole
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
