package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Table;
import org.walfmt.cli.print.Text;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.SummaryName;
import org.walfmt.writer.summaries.SummaryDirectory;
import org.walfmt.writer.summaries.SummaryRange;

/** What {@code walfmt summaries} shows. */
record SummariesResult(String directory, Optional<StreamIdentity> identity, List<Part> parts) {
  /**
   * A range of a timeline, summed up or a gap between two that are.
   *
   * @param range empty for a gap
   * @param bytes of the files
   */
  record Part(long timeline, Lsn start, Lsn end, Optional<SummaryRange> range, long bytes) {}

  static SummariesResult of(SummaryDirectory directory) throws IOException {
    List<Part> parts = new ArrayList<>();
    @Nullable SummaryRange before = null;
    for (SummaryRange range : SummaryRange.of(directory.list())) {
      long timeline = range.timeline().number();
      if (before != null && before.timeline().equals(range.timeline())) {
        parts.add(new Part(timeline, before.end(), range.start(), Optional.empty(), 0));
      }
      long bytes = 0;
      for (SummaryName name : range.names()) {
        bytes += directory.size(name).orElse(0L);
      }
      parts.add(new Part(timeline, range.start(), range.end(), Optional.of(range), bytes));
      before = range;
    }
    return new SummariesResult(directory.path().toString(), directory.identity(), parts);
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  void print(PrintWriter out) {
    Table table = new Table("TLI", "START LSN", "END LSN", "WAL", "FILES", "SIZE", "STATUS");
    for (Part part : parts) {
      boolean isGap = part.range().isEmpty();
      table.row(
          Long.toString(part.timeline()),
          part.start().toString(),
          part.end().toString(),
          Text.size(part.end().value() - part.start().value()),
          part.range().map(range -> Integer.toString(range.names().size())).orElse("-"),
          isGap ? "-" : Text.size(part.bytes()),
          isGap ? "gap" : "summed up");
    }
    table.print(out);
  }

  void printJson(PrintWriter out) throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("directory", directory);
      if (identity.isPresent()) {
        StreamIdentity wal = identity.get();
        json.writeStringField("system_identifier", Long.toUnsignedString(wal.systemIdentifier()));
        json.writeNumberField("postgres", wal.version().major());
        json.writeNumberField("segment_size", wal.segmentSize().bytes());
      }
      json.writeArrayFieldStart("ranges");
      for (Part part : parts) {
        if (part.range().isPresent()) {
          writeBounds(json, part);
          json.writeNumberField("files", part.range().get().names().size());
          json.writeNumberField("bytes", part.bytes());
          json.writeEndObject();
        }
      }
      json.writeEndArray();
      json.writeArrayFieldStart("gaps");
      for (Part part : parts) {
        if (part.range().isEmpty()) {
          writeBounds(json, part);
          json.writeEndObject();
        }
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
  }

  private static void writeBounds(JsonGenerator json, Part part) throws IOException {
    json.writeStartObject();
    json.writeNumberField("timeline", part.timeline());
    json.writeStringField("start_lsn", part.start().toString());
    json.writeStringField("end_lsn", part.end().toString());
  }
}
