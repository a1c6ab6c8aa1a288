package org.walfmt.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What all commands have in common: help, version, and the table of exit statuses. */
@Command(
    versionProvider = Version.class,
    usageHelpWidth = 100,
    sortOptions = false,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:done",
      "1:a mistake in walfmt itself",
      "2:wrong usage",
      "3:damaged: WAL, a backup, or pages of the database (the backup of which is made all the same)",
      "4:incomplete: something that is needed is missing or stops early",
      "5:unsupported version or kind",
      "6:things that do not belong together",
      "7:input or output failed, or the connection to the server",
      "8:a precondition is not met: a setting, a privilege, a directory in the way",
      "130:interrupted"
    })
final class StandardOptions {
  @Option(
      names = {"-?", "--help"},
      usageHelp = true,
      description = "Show this help, then exit.",
      order = 1001)
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version, then exit.",
      order = 1002)
  boolean version;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Take options from this file (WALFMT_CONFIG; else ~/.config/walfmt/walfmt.conf or"
              + " /etc/walfmt.conf, if there is one).",
      order = 998)
  @Nullable Path config;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Section of that file to use (WALFMT_CLUSTER; not needed if there is but one).",
      order = 999)
  @Nullable String cluster;

  @Option(
      names = "--verbose",
      fallbackValue = "true",
      description = "Show more of what goes on, and the stack trace of an error.",
      order = 1000)
  boolean verbose;
}
