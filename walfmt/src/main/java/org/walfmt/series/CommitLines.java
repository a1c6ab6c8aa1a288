package org.walfmt.series;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.walfmt.CorruptWalException;

/** The lines {@code NAME: value} of a commit. */
final class CommitLines {
  private final String file;
  private final List<String> lines;

  CommitLines(String file, String text) {
    this.file = file;
    this.lines = List.of(text.split("\n", -1));
  }

  List<String> all(String name) {
    String start = name + ": ";
    List<String> values = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith(start)) {
        values.add(line.substring(start.length()));
      }
    }
    return values;
  }

  Optional<String> optional(String name) throws CorruptWalException {
    List<String> values = all(name);
    if (values.size() > 1) {
      throw new CorruptWalException("commit file \"" + file + "\" has two lines " + name);
    }
    return values.stream().findFirst();
  }

  String one(String name) throws CorruptWalException {
    return optional(name)
        .orElseThrow(
            () -> new CorruptWalException("commit file \"" + file + "\" has no line " + name));
  }
}
