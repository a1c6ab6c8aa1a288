package org.walfmt.cli;

import picocli.CommandLine.Option;

/** Results for machines instead of for people. */
final class JsonOption {
  @Option(names = "--json", description = "Print the result as JSON.", order = 900)
  boolean json;
}
