package org.walfmt.cli.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a run of walfmt finds around it.
 *
 * @param environment its variables
 * @param places where a configuration file is looked for; the first that is there counts
 */
public record Surroundings(Map<String, String> environment, List<Path> places) {
  private static final Path SYSTEM_WIDE = Path.of("/etc/walfmt.conf");

  /** Those of this process. */
  public static Surroundings ofProcess() {
    Map<String, String> environment = System.getenv();
    List<Path> places = new ArrayList<>();
    String own = environment.getOrDefault("XDG_CONFIG_HOME", "");
    if (own.startsWith("/")) {
      places.add(Path.of(own, "walfmt", "walfmt.conf"));
    } else {
      // cron and su may keep another user's HOME; Java knows the one of the user database
      places.add(Path.of(System.getProperty("user.home"), ".config", "walfmt", "walfmt.conf"));
    }
    places.add(SYSTEM_WIDE);
    return new Surroundings(environment, places);
  }

  /** Nothing at all. */
  public static Surroundings none() {
    return new Surroundings(Map.of(), List.of());
  }

  /** A variable; empty if it is not set, or empty. */
  String variable(String name) {
    return environment.getOrDefault(name, "");
  }
}
