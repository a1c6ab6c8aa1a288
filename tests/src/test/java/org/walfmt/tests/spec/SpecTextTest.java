package org.walfmt.tests.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.SegmentSize;
import org.walfmt.series.SeriesWriter;

/** Fields, lines, rules and the worked example of spec/format.md. */
class SpecTextTest {
  private static final Path VECTORS = SpecDocument.REPOSITORY.resolve("spec/vectors");
  private static final Pattern QUOTE =
      Pattern.compile(
          "\\b(NAME|PAGE|RECORD|BLOCK|IMAGE|NOTE|FILE|INVENTORY|SERIES|INDEX|COMMIT|MERGE|CHANGE)"
              + "-[0-9]+");

  private final SpecDocument format;

  SpecTextTest() throws IOException {
    format = SpecDocument.format();
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  /**
   * Every field that a note of any vector has, found by the note's first bytes, is in its table.
   */
  @ParameterizedTest
  @CsvSource({
    "walfmt.begin, ### walfmt.begin, 0, ^",
    "walfmt.file, ### walfmt.file and walfmt.chunk, 0, ^",
    "walfmt.inventory, ### walfmt.inventory, 0, forks",
    "walfmt.inventory, ### walfmt.inventory, 1, paths",
    "walfmt.label, ### walfmt.label, 0, ^",
    "walfmt.index, ### walfmt.index, 0, blocks_lsn",
    "walfmt.index, ### walfmt.index, 1, keys",
    "walfmt.end, ### walfmt.end, 0, ^"
  })
  void fieldsAreThoseOfTheTable(String prefix, String heading, int table, String array)
      throws IOException {
    Set<String> found = new TreeSet<>();
    for (Path listing : files(VECTORS, ".txt")) {
      for (String line : Files.readAllLines(listing)) {
        boolean isOfTable = array.equals("^") || line.contains("{\"" + array + "\":");
        if (line.startsWith("  " + prefix + " ") && isOfTable) {
          Matcher field = Pattern.compile("[{,]\"([a-z0-9_]+)\":").matcher(line);
          while (field.find()) {
            found.add(field.group(1));
          }
        }
      }
    }
    found.remove("forks");
    found.remove("paths");
    found.remove("keys");
    assertThat(format.table(heading, table))
        .extracting(row -> row.get(0))
        .containsExactlyInAnyOrderElementsOf(found);
  }

  /** A field that no vector has yet is found in the code. */
  @Test
  void everyFieldThatTheCodeWritesOrReadsIsInATable() throws IOException {
    Pattern field =
        Pattern.compile(
            "\\.(?:string|optionalString|number|uint32|uint64|bool|flag|lsn|timeline|mode|hex|"
                + "startArray|objects)\\(\\s*\"([a-z0-9_]+)\"");
    String tables = format.text();
    int count = 0;
    for (Path source :
        files(SpecDocument.REPOSITORY.resolve("walfmt/src/main/java/org/walfmt/series"), ".java")) {
      Matcher matcher = field.matcher(Files.readString(source));
      while (matcher.find()) {
        assertThat(tables).as("%s", source).contains("`" + matcher.group(1) + "`");
        count++;
      }
    }
    assertThat(count).isGreaterThan(100);
  }

  @Test
  void commitsHaveTheLinesOfTheTableInItsOrder() throws IOException {
    List<String> names = format.table("### Commit lines").stream().map(row -> row.get(0)).toList();
    Set<String> met = new LinkedHashSet<>();
    for (Path commit : files(VECTORS, ".backup")) {
      List<String> lines = new ArrayList<>();
      for (String line : Files.readAllLines(commit)) {
        lines.add(line.substring(0, line.indexOf(':')));
      }
      assertThat(names).containsSubsequence(lines);
      met.addAll(lines);
    }
    assertThat(names)
        .containsAll(met)
        .filteredOn(name -> !met.contains(name))
        .containsExactly("WALFMT REPLACES", "WALFMT X-...");
  }

  @Test
  void ruleNumbersAreGivenOnceAndWithoutGaps() {
    List<String> rules = format.rules();
    assertThat(rules).doesNotHaveDuplicates().contains("NAME-1", "MERGE-1", "CHANGE-8");
    for (String rule : rules) {
      int dash = rule.indexOf('-');
      int number = Integer.parseInt(rule.substring(dash + 1));
      assertThat(number == 1 || rules.contains(rule.substring(0, dash + 1) + (number - 1)))
          .as(rule)
          .isTrue();
    }
  }

  @Test
  void everyRuleThatCodeAndDocumentsQuoteIsThere() throws IOException {
    Set<String> rules = Set.copyOf(format.rules());
    List<Path> sources = new ArrayList<>(files(SpecDocument.REPOSITORY.resolve("spec"), ".md"));
    for (String module : List.of("walfmt", "writer", "replayer", "cli", "tests")) {
      sources.addAll(files(SpecDocument.REPOSITORY.resolve(module + "/src"), ".java"));
    }
    for (Path source : sources) {
      Matcher quote = QUOTE.matcher(Files.readString(source));
      while (quote.find()) {
        assertThat(rules).as("%s", source).contains(quote.group());
      }
    }
  }

  @Test
  void theExampleIsTheVectorByteForByte() throws IOException {
    byte[] segment = new byte[1 << 20];
    for (SpecDocument.Bytes line : format.example()) {
      byte[] bytes = HexFormat.of().parseHex(line.hex());
      System.arraycopy(bytes, 0, segment, line.offset(), bytes.length);
    }
    byte[] vector = new byte[1 << 20];
    for (String line : Files.readAllLines(VECTORS.resolve("series-example.hex"))) {
      if (!line.startsWith("#") && !line.startsWith("segment")) {
        byte[] bytes = HexFormat.of().parseHex(line.substring(9));
        System.arraycopy(bytes, 0, vector, Integer.parseInt(line.substring(0, 8), 16), 32);
      }
    }
    assertThat(Arrays.mismatch(segment, vector)).isEqualTo(-1);
    assertThat(format.text()).contains(Files.readString(VECTORS.resolve("series-example.backup")));
  }

  @Test
  void theExamplesLinesFollowEachOther() {
    int next = 0;
    for (SpecDocument.Bytes line : format.example()) {
      assertThat(line.offset()).isEqualTo(next);
      next += line.hex().length() / 2;
    }
    assertThat(next).isGreaterThan(2000);
  }

  @Test
  void longestRecordIsThatOfTheRule() {
    assertThat(format.text()).contains("at most min(1 MiB, S / 4)");
    assertThat(SeriesWriter.maxRecord(new SegmentSize(1 << 20))).isEqualTo(1 << 18);
    assertThat(SeriesWriter.maxRecord(new SegmentSize(1 << 24))).isEqualTo(1 << 20);
  }

  @Test
  void linksBetweenDocumentsLeadSomewhere() throws IOException {
    for (Path document : files(SpecDocument.REPOSITORY.resolve("spec"), ".md")) {
      Matcher link =
          Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)").matcher(Files.readString(document));
      while (link.find()) {
        assertThat(document.resolveSibling(link.group(1))).exists();
      }
    }
  }
}
