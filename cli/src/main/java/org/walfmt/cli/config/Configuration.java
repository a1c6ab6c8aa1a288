package org.walfmt.cli.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * All that is set outside the command line: by an environment variable, else by the cluster's
 * section, else by {@code [global]}.
 *
 * @param settings by key
 * @param warnings what was found that has no meaning
 */
public record Configuration(Map<String, Setting> settings, List<String> warnings) {
  private static final String PREFIX = "WALFMT_";
  private static final String CONFIG = "config";
  private static final String CLUSTER = "cluster";

  /** Variables of the launcher and of this class. */
  private static final Set<String> OTHER_VARIABLES = Set.of("java-opts", CONFIG, CLUSTER);

  /** Nothing is set. */
  public static Configuration none() {
    return new Configuration(Map.of(), List.of());
  }

  /**
   * Finds out what is set.
   *
   * @param arguments of the command line, which may name the file and the cluster
   * @param options long names, without dashes, of all options of all commands; asked for only if
   *     there is something to compare with them
   */
  public static Configuration load(
      Surroundings surroundings, String[] arguments, Supplier<Set<String>> options)
      throws IOException, InvalidConfigurationException {
    Map<String, Setting> settings = new HashMap<>();
    Optional<Path> place = place(surroundings, arguments);
    Optional<String> wanted = choice(surroundings, arguments, CLUSTER);
    if (place.isPresent()) {
      ConfigFile file = ConfigFile.read(place.get(), options.get());
      settings.putAll(file.section(ConfigFile.GLOBAL));
      settings.putAll(file.section(cluster(file, wanted)));
    } else if (wanted.isPresent()) {
      throw new InvalidConfigurationException(
          "there is no configuration file that could tell of cluster " + wanted.get(),
          "Name one with --config, or put it into " + surroundings.places() + ".");
    }
    List<String> warnings = new ArrayList<>();
    addVariables(surroundings, options, settings, warnings);
    return new Configuration(Map.copyOf(settings), List.copyOf(warnings));
  }

  private static Optional<Path> place(Surroundings surroundings, String[] arguments) {
    Optional<String> named = choice(surroundings, arguments, CONFIG);
    return named.isPresent()
        ? named.map(Path::of)
        : surroundings.places().stream().filter(Files::exists).findFirst();
  }

  /** What the command line says, else the environment. */
  private static Optional<String> choice(
      Surroundings surroundings, String[] arguments, String name) {
    Optional<String> found = Optional.empty();
    String option = "--" + name;
    for (int i = 0; i < arguments.length && !arguments[i].equals("--"); i++) {
      if (arguments[i].startsWith(option + "=")) {
        found = Optional.of(arguments[i].substring(option.length() + 1));
      } else if (arguments[i].equals(option) && i + 1 < arguments.length) {
        found = Optional.of(arguments[i + 1]);
      }
    }
    String variable = surroundings.variable(variable(name));
    return found.isPresent() || variable.isEmpty() ? found : Optional.of(variable);
  }

  private static String cluster(ConfigFile file, Optional<String> wanted)
      throws InvalidConfigurationException {
    Set<String> clusters = file.clusters();
    if (wanted.isPresent()) {
      if (!clusters.contains(wanted.get())) {
        throw new InvalidConfigurationException(
            "file \"" + file.file() + "\" has no section of cluster " + wanted.get(),
            clusters.isEmpty()
                ? "It has none of any cluster."
                : "There are: " + String.join(", ", clusters) + ".");
      }
      return wanted.get();
    }
    if (clusters.size() > 1) {
      throw new InvalidConfigurationException(
          "file \""
              + file.file()
              + "\" has sections of several clusters: "
              + String.join(", ", clusters),
          "Name one with --cluster, or in WALFMT_CLUSTER.");
    }
    return clusters.isEmpty() ? ConfigFile.GLOBAL : clusters.iterator().next();
  }

  /** Name of the variable of an option. */
  static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static void addVariables(
      Surroundings surroundings,
      Supplier<Set<String>> options,
      Map<String, Setting> settings,
      List<String> warnings)
      throws InvalidConfigurationException {
    for (Map.Entry<String, String> entry : new TreeMap<>(surroundings.environment()).entrySet()) {
      String name = entry.getKey();
      if (!name.startsWith(PREFIX) || entry.getValue().isEmpty()) {
        continue;
      }
      String key = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '-');
      String origin = "environment variable " + name;
      if (Keys.isKey(key) && name.equals(variable(key))) {
        settings.put(key, Values.setting(key, entry.getValue(), Level.ENVIRONMENT, origin));
      } else if (!OTHER_VARIABLES.contains(key)) {
        boolean isOption = options.get().contains(key);
        warnings.add(
            origin
                + " has no effect: "
                + (isOption
                    ? "--" + key + " may only be given on the command line"
                    : "there is no option --" + key));
      }
    }
  }
}
