package org.walfmt.cli;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Lets an option take its value only after an equals sign, as getopt_long does with optional
 * values: the word after a bare option is an argument of its own.
 */
final class OptionalValue implements IParameterPreprocessor {
  private static final String SEPARATOR = "separator";
  private static final String ATTACHED = "=";

  @Override
  @SuppressWarnings("JdkObsolete") // the type of picocli's interface
  public boolean preprocess(
      Stack<String> args, CommandSpec command, ArgSpec option, Map<String, Object> info) {
    if (!ATTACHED.equals(info.get(SEPARATOR))) {
      args.push(((OptionSpec) option).fallbackValue());
    }
    return false;
  }
}
