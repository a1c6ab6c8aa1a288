package org.walfmt.cli.documents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Writes {@code man/man1/walfmt*.1} and {@code completion/walfmt} into a directory. Run by the
 * build.
 */
public final class WriteDocuments {
  private WriteDocuments() {}

  /**
   * Writes them.
   *
   * @param arguments the directory, and the version for the pages
   */
  public static void main(String[] arguments) throws IOException {
    write(Path.of(arguments[0]), arguments[1], org.walfmt.cli.Main.commandLine());
  }

  static void write(Path directory, String version, CommandLine program) throws IOException {
    Path pages = Files.createDirectories(directory.resolve("man").resolve("man1"));
    writePage(pages, version, program.getCommandSpec());
    for (CommandLine each : program.getSubcommands().values()) {
      CommandSpec command = each.getCommandSpec();
      if (!command.usageMessage().exitCodeList().isEmpty()) { // picocli's own have none
        writePage(pages, version, command);
      }
    }
    Path completion = Files.createDirectories(directory.resolve("completion"));
    Files.writeString(
        completion.resolve("walfmt"), AutoComplete.bash(program.getCommandName(), program));
  }

  private static void writePage(Path pages, String version, CommandSpec command)
      throws IOException {
    ManPage page = new ManPage(command);
    Files.writeString(pages.resolve(page.name() + ".1"), page.render("walfmt " + version));
  }
}
