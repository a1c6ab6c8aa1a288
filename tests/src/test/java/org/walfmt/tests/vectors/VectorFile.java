package org.walfmt.tests.vectors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.segment.StreamIdentity;

/**
 * Segments as text, so that a change shows in a diff: a line {@code segment NAME SIZE} for each,
 * then its bytes in lines of 32, each after its offset; lines of zeros are left out. See {@code
 * spec/vectors/README.md}.
 */
final class VectorFile {
  /** Where the vectors are, seen from the directory of the module that runs the tests. */
  static final Path DIRECTORY = Path.of("..", "spec", "vectors");

  private static final int LINE = 32;

  private VectorFile() {}

  /** The names of all vectors whose names begin so, without the ending. */
  static List<String> names(String start) throws IOException {
    try (var files = Files.list(DIRECTORY)) {
      return files
          .map(file -> "" + file.getFileName())
          .filter(name -> name.startsWith(start) && name.endsWith(".hex"))
          .map(name -> name.substring(0, name.length() - ".hex".length()))
          .sorted()
          .toList();
    }
  }

  /** The segments of a vector, in order, each under its name. */
  static Map<String, ByteBuffer> read(String vector) throws IOException {
    Map<String, ByteBuffer> segments = new LinkedHashMap<>();
    ByteBuffer segment = ByteBuffer.allocate(0);
    for (String line : Files.readAllLines(DIRECTORY.resolve(vector + ".hex"))) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("segment")) {
        segment = ByteBuffer.allocate(Integer.parseInt(words[2])).order(ByteOrder.LITTLE_ENDIAN);
        segments.put(words[1], segment);
      } else if (!line.startsWith("#")) {
        segment.put(HexFormat.fromHexDigits(words[0]), HexFormat.of().parseHex(words[1]));
      }
    }
    return segments;
  }

  /** The text of a vector. */
  static String format(String title, Map<String, ByteBuffer> segments) {
    List<String> lines = new ArrayList<>();
    lines.add("# " + title);
    segments.forEach(
        (name, bytes) -> {
          lines.add("segment " + name + " " + bytes.capacity());
          byte[] line = new byte[LINE];
          for (int at = 0; at < bytes.capacity(); at += LINE) {
            bytes.get(at, line);
            if (!Arrays.equals(line, new byte[LINE])) {
              lines.add("%08x %s".formatted(at, HexFormat.of().formatHex(line)));
            }
          }
        });
    return String.join("\n", lines) + "\n";
  }

  /** Whose segments these are, as the first one says. */
  static StreamIdentity identity(Map<String, ByteBuffer> segments) {
    ByteBuffer first = segments.values().iterator().next();
    return new StreamIdentity(
        PgVersion.ofWalMagic(XLogPageHeader.magic(first, 0)).orElseThrow(),
        new SegmentSize(XLogPageHeader.segmentSize(first, 0)),
        XLogPageHeader.systemIdentifier(first, 0));
  }
}
