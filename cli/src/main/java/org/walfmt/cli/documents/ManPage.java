package org.walfmt.cli.documents;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The man page of one command, in roff, from the same model that {@code --help} shows. */
final class ManPage {
  private final CommandSpec command;
  private final StringBuilder page = new StringBuilder();

  ManPage(CommandSpec command) {
    this.command = command;
  }

  /** Name of the page and of its file: {@code walfmt-backup}. */
  String name() {
    return command.qualifiedName("-");
  }

  /**
   * The page.
   *
   * @param version for its foot
   */
  String render(String version) {
    page.setLength(0);
    line(".TH " + quoted(name().toUpperCase(Locale.ROOT)) + " 1 \"\" " + quoted(version));
    name(command.usageMessage().header());
    synopsis();
    section("DESCRIPTION");
    paragraphs(command.usageMessage().description());
    commands();
    arguments();
    statuses();
    examples();
    seeAlso();
    return page.toString();
  }

  private void name(String[] header) {
    section("NAME");
    String[] words = header.length > 0 ? header : command.usageMessage().description();
    String text = String.join(" ", words);
    text = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    line(escaped(name()) + " \\- " + escaped(decapitalized(text)));
  }

  private static String decapitalized(String text) {
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  private void synopsis() {
    section("SYNOPSIS");
    String[] custom = command.usageMessage().customSynopsis();
    if (custom.length == 0) {
      custom = new String[] {command.qualifiedName() + " COMMAND [OPTIONS]"};
    }
    for (String form : custom) {
      line(escaped(form.strip()));
      line(".br");
    }
  }

  private void commands() {
    if (command.subcommands().isEmpty()) {
      return;
    }
    section("COMMANDS");
    for (Map.Entry<String, CommandLine> entry : command.subcommands().entrySet()) {
      CommandSpec each = entry.getValue().getCommandSpec();
      String[] header = each.usageMessage().header();
      if (header.length == 0) {
        header = each.usageMessage().description();
      }
      term(entry.getKey(), List.of(header[0].replace("${ROOT-COMMAND-NAME}", command.name())));
    }
  }

  private void arguments() {
    section("OPTIONS");
    for (PositionalParamSpec argument : command.positionalParameters()) {
      term(argument.paramLabel(), description(argument));
    }
    List<OptionSpec> options = new ArrayList<>(command.options());
    options.sort(Comparator.comparingInt(OptionSpec::order));
    for (OptionSpec option : options) {
      term(names(option), description(option));
    }
  }

  private static String names(OptionSpec option) {
    String value = option.arity().max() == 0 ? "" : option.paramLabel();
    List<String> forms = new ArrayList<>();
    for (String name : option.names()) {
      String separator = name.startsWith("--") ? "=" : " ";
      boolean optional = option.arity().min() == 0 && !value.isEmpty();
      if (value.isEmpty() || (optional && !name.startsWith("--"))) {
        forms.add(name);
      } else {
        forms.add(name + (optional ? "[" + separator + value + "]" : separator + value));
      }
    }
    return String.join(", ", forms);
  }

  private static List<String> description(ArgSpec argument) {
    String value = String.valueOf(argument.defaultValue());
    List<String> lines = new ArrayList<>();
    for (String line : argument.description()) {
      lines.add(line.replace("${DEFAULT-VALUE}", value));
    }
    return lines;
  }

  private void statuses() {
    section("EXIT STATUS");
    command
        .usageMessage()
        .exitCodeList()
        .forEach((status, meaning) -> term(status.strip(), List.of(meaning)));
  }

  private void examples() {
    section("EXAMPLES");
    line(".nf");
    for (String line : command.usageMessage().footer()) {
      line(escaped(line));
    }
    line(".fi");
  }

  private void seeAlso() {
    section("SEE ALSO");
    CommandSpec root = command.root();
    List<String> others = new ArrayList<>();
    if (root != command) {
      others.add(reference(root.name()));
    }
    for (CommandLine each : root.subcommands().values()) {
      CommandSpec other = each.getCommandSpec();
      if (other != command && other.usageMessage().exitCodeList().size() > 0) {
        others.add(reference(other.qualifiedName("-")));
      }
    }
    line(String.join(", ", others));
  }

  private static String reference(String page) {
    return "\\fB" + escaped(page) + "\\fR(1)";
  }

  private void section(String title) {
    line(".SH " + quoted(title));
  }

  private void term(String what, List<String> meaning) {
    line(".TP");
    line("\\fB" + escaped(what) + "\\fR");
    for (String line : meaning) {
      line(escaped(line));
    }
  }

  private void paragraphs(String[] texts) {
    for (String text : texts) {
      line(text.isEmpty() ? ".PP" : escaped(text));
    }
  }

  private void line(String text) {
    page.append(text).append('\n');
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\"", "") + "\"";
  }

  /** Text that roff takes as it is. */
  static String escaped(String text) {
    String clean = text.replace("\\", "\\e").replace("-", "\\-");
    return clean.startsWith(".") || clean.startsWith("'") ? "\\&" + clean : clean;
  }
}
