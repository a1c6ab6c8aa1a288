package org.walfmt.archive;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what a list command prints: one file a line, of which the last part of its path counts.
 * Stores that keep a file under its name with a digest or an ending for its compression behind it,
 * as pgBackRest and WAL-G do, can be listed as they are. Other files are passed over.
 */
final class ListedNames {
  private static final Pattern FILE =
      Pattern.compile(
          "(?:.*/)?"
              + "([0-9A-F]{24}(?:\\.[0-9A-F]{8}\\.backup)?|[0-9A-F]{8}\\.history)"
              + "(?:-[0-9a-f]{40})?"
              + "(?:\\.(?:gz|bz2|xz|lz4|lz|lzo|lzma|zst|zstd|br|snappy))?");

  private ListedNames() {}

  static List<String> of(List<String> lines) {
    return lines.stream()
        .map(line -> FILE.matcher(line.strip()))
        .filter(Matcher::matches)
        .flatMap(match -> Optional.ofNullable(match.group(1)).stream())
        .distinct()
        .toList();
  }
}
