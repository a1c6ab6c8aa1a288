package org.walfmt.writer.summaries;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.summary.SummaryName;
import org.walfmt.writer.kit.Remarks;

/** Two directories; summaries of 4 MB of WAL, in segments of 1 MB. */
abstract class SummarizerCase {
  static final long WINDOW = 4 << 20;
  static final int FIRST = 3;
  static final TimelineHistory ONE = TimelineHistory.of(new TimelineId(1));

  @TempDir Path temporary;
  Path archive;
  Path summaries;
  final Remarks remarks = new Remarks();

  @BeforeEach
  void makeDirectories() throws IOException {
    archive = Files.createDirectory(temporary.resolve("archive"));
    summaries = Files.createDirectory(temporary.resolve("summaries"));
  }

  /** Options that each test changes as it needs. */
  static SummarizeOptions options(Path directory, Path... sources) {
    return new SummarizeOptions(
        directory,
        List.of(sources),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        2);
  }

  static SummarizeOptions range(SummarizeOptions o, Optional<Lsn> start, Optional<Lsn> end) {
    return new SummarizeOptions(
        o.directory(), o.sources(), start, end, o.timeline(), o.follow(), o.jobs());
  }

  SummarizeReport run(SummarizeOptions options) throws IOException {
    return new Summarizer(options, remarks, () -> {}, Duration.ZERO, WINDOW).run();
  }

  SummarizeReport once() throws IOException {
    return run(options(summaries, archive));
  }

  List<SummaryName> names() throws IOException {
    return new SummaryDirectory(summaries).list();
  }

  /** Names and bytes of all summaries. */
  static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    for (SummaryName name : new SummaryDirectory(directory).list()) {
      byte[] bytes = Files.readAllBytes(directory.resolve(name.toString()));
      contents.put(name.toString(), HexFormat.of().formatHex(bytes));
    }
    return contents;
  }

  static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to.resolve(from.getFileName()));
  }

  void writeHistory(int timeline, String text) throws IOException {
    Files.writeString(archive.resolve(TimelineHistory.fileName(new TimelineId(timeline))), text);
  }
}
