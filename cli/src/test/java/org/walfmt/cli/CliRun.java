package org.walfmt.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Pattern;
import org.walfmt.cli.config.Surroundings;

/** One run of walfmt in this JVM: its status and all that it printed. */
record CliRun(int status, String out, String err) {
  private static final Pattern JAVA =
      Pattern.compile("\\b(java|javax|org|com|me|picocli)\\.[a-z.]+|Exception|\\tat ");

  static CliRun of(Object... arguments) {
    return with(Surroundings.none(), arguments);
  }

  /** A run with a configuration. */
  static CliRun with(Surroundings surroundings, Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    int status =
        Main.run(surroundings, new PrintWriter(out, true), new PrintWriter(err, true), words);
    return new CliRun(status, out.toString(), err.toString());
  }

  /** Whether something shows that only a programmer of Java understands. */
  boolean speaksJava() {
    return JAVA.matcher(out).find() || JAVA.matcher(err).find();
  }
}
