package org.walfmt.tests.kit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** walfmt as its users run it: a JVM of its own with the limits of {@code bin/walfmt}. */
public final class WalfmtCli {
  private static final List<String> LIMITS =
      List.of(
          "-Xms32m",
          "-Xmx128m",
          "-XX:MaxDirectMemorySize=64m",
          "-Xss512k",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData");

  private WalfmtCli() {}

  /** Runs it to its end. */
  public static Outcome run(String... arguments) {
    return command(arguments).run();
  }

  /** About to be run: for a working directory, variables, another user, or to be killed. */
  public static Command command(String... arguments) {
    return command(List.of(), List.of(arguments));
  }

  /** About to be run, with more options of the JVM. */
  public static Command command(List<String> jvmOptions, List<String> arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(LIMITS);
    words.addAll(jvmOptions);
    words.add("org.walfmt.cli.Main");
    words.addAll(arguments);
    // Not an option, so that the messages of failures stay readable.
    return Command.of(words).env("CLASSPATH", System.getProperty("java.class.path"));
  }
}
