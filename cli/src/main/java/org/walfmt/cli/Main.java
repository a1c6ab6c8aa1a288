package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.OutputFailedException;
import org.walfmt.cli.print.StandardOutput;
import org.walfmt.writer.connect.ConnectionFailedException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
      ListCommand.class,
      ShowCommand.class,
      DumpCommand.class,
      VerifyCommand.class,
      MergeCommand.class,
      ExtractCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      ExpireCommand.class,
      SummarizeCommand.class,
      SummariesCommand.class,
      CommandLine.HelpCommand.class,
      AutoComplete.GenerateCompletion.class
    })
public final class Main implements Runnable {
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  /** Runs walfmt and ends the JVM with its exit status. */
  public static void main(String[] args) {
    Interruption interruption = Interruption.watch();
    StandardOutput output = new StandardOutput();
    PrintWriter out = output.writer();
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = run(out, err, args);
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
  static int run(PrintWriter out, PrintWriter err, String... args) {
    try {
      return commandLine().setOut(out).setErr(err).execute(args);
    } catch (Error e) { // out of memory among them; picocli handles exceptions alone
      return report(e, err, true);
    }
  }

  /** The whole command line, not yet run. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main())
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
    List<String> similar =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    if (!similar.isEmpty()) {
      messages.hint("Did you mean " + String.join(" or ", similar) + "?");
    }
    messages.hint(
        "Try \"" + command.getCommandSpec().qualifiedName() + " --help\" for more information.");
    return ExitStatus.USAGE;
  }

  private static String decapitalized(String message) {
    boolean acronym = message.length() > 1 && Character.isUpperCase(message.charAt(1));
    return message.isEmpty() || acronym
        ? message
        : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
  }

  private static int failed(Exception e, CommandLine command, @Nullable ParseResult parsed) {
    return report(e, command.getErr(), parsed != null && isVerbose(parsed));
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
