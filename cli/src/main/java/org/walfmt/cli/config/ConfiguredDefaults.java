package org.walfmt.cli.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Gives options that are not on the command line the value that the configuration has for them. */
public final class ConfiguredDefaults implements IDefaultValueProvider {
  private final Configuration configuration;

  /** Values of {@code configuration}. */
  public ConfiguredDefaults(Configuration configuration) {
    this.configuration = configuration;
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    return setting(argument).map(Setting::value).orElse(null);
  }

  private Optional<Setting> setting(ArgSpec argument) {
    if (argument instanceof OptionSpec option && option.longestName().startsWith("--")) {
      String key = option.longestName().substring(2);
      return Keys.isFor(key, argument.command().name())
          ? Optional.ofNullable(configuration.settings().get(key))
          : Optional.empty();
    }
    return Optional.empty();
  }

  /** Where the value of an option of a command comes from, once that is parsed. */
  public static Level level(CommandSpec command, String option) {
    ParseResult parsed = command.commandLine().getParseResult();
    if (parsed != null && parsed.hasMatchedOption(option)) {
      return Level.COMMAND_LINE;
    }
    return of(command, command.findOption(option)).map(Setting::level).orElse(Level.DEFAULT);
  }

  /** Where a value that was refused comes from; empty if from the command line. */
  public static Optional<String> origin(
      CommandSpec command, @Nullable ArgSpec argument, @Nullable Object value) {
    return of(command, argument)
        .filter(setting -> setting.value().equals(value))
        .map(Setting::origin);
  }

  private static Optional<Setting> of(CommandSpec command, @Nullable ArgSpec argument) {
    return argument != null
            && command.defaultValueProvider() instanceof ConfiguredDefaults configured
        ? configured.setting(argument)
        : Optional.empty();
  }
}
