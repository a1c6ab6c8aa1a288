package org.walfmt.tests.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be taken from {@code spec/format.md}: tables, rules, the bytes of the example. */
final class SpecDocument {
  /** Seen from the directory of the module that runs the tests. */
  static final Path REPOSITORY = Path.of("..");

  private static final Pattern RULE = Pattern.compile("^([A-Z]+-[0-9]+)  +\\S.*");
  private static final Pattern BYTES = Pattern.compile("^([0-9a-f]{8})  ([0-9a-f]+)(?: +;.*)?$");

  private final List<String> lines;

  private SpecDocument(List<String> lines) {
    this.lines = lines;
  }

  static SpecDocument format() throws IOException {
    return new SpecDocument(Files.readAllLines(REPOSITORY.resolve("spec/format.md")));
  }

  /** Bytes of the worked example at an offset of its segment. */
  record Bytes(int offset, String hex) {}

  /** The rows of the first table after a line, each as its cells, without the heading. */
  List<List<String>> table(String line) {
    return table(line, 0);
  }

  /** The same for a later table after the line. */
  List<List<String>> table(String line, int skip) {
    int at = lines.indexOf(line);
    if (at < 0) {
      throw new AssertionError("no line \"" + line + "\" in format.md");
    }
    for (int i = 0; i <= skip; i++) {
      while (!lines.get(at).startsWith("|")) {
        at++;
      }
      if (i < skip) {
        while (lines.get(at).startsWith("|")) {
          at++;
        }
      }
    }
    List<List<String>> rows = new ArrayList<>();
    for (at += 2; lines.get(at).startsWith("|"); at++) {
      rows.add(cells(lines.get(at)));
    }
    return rows;
  }

  private static List<String> cells(String row) {
    String inner = row.substring(1, row.lastIndexOf('|'));
    return Pattern.compile("\\|")
        .splitAsStream(inner + " ")
        .map(cell -> cell.replace("`", "").strip())
        .toList();
  }

  /** The numbers of all rules, in order. */
  List<String> rules() {
    return lines.stream()
        .map(RULE::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .toList();
  }

  /** All lines of bytes in the worked example. */
  List<Bytes> example() {
    return lines.stream()
        .map(BYTES::matcher)
        .filter(Matcher::matches)
        .map(matcher -> new Bytes(Integer.parseInt(matcher.group(1), 16), matcher.group(2)))
        .toList();
  }

  /** All of it, lines joined. */
  String text() {
    return String.join("\n", lines) + "\n";
  }
}
