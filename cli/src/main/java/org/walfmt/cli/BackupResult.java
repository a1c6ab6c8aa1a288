package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Text;
import org.walfmt.series.EndNote;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.scan.DamagedPage;

/** What {@code walfmt backup} prints in the end. */
record BackupResult(BackupReport report) {
  void print(PrintWriter out) {
    Facts facts = new Facts(out);
    EndNote totals = report.totals();
    facts.line("Backup", report.id());
    facts.line("Kind", report.parent().isEmpty() ? "full" : "incremental");
    report.parent().ifPresent(parent -> facts.line("Parent", parentName(parent)));
    report.changeSource().ifPresent(source -> facts.line("Changes by", source));
    facts.line("Start LSN", report.startLsn() + ", timeline " + report.timeline());
    facts.line("Stop LSN", report.stopLsn() + ", timeline " + totals.stopTimeline());
    facts.line("Segments", report.segments() + " (" + Text.megabytes(report.segmentBytes()) + ")");
    facts.line("Blocks", totals.blocks() + " (images of " + Text.size(totals.imageBytes()) + ")");
    facts.line("Files", totals.files() + " (" + Text.size(totals.fileBytes()) + ")");
    facts.line("Damaged pages", totals.damagedPages());
    if (report.disagreements() > 0) {
      facts.line("Disagreements", report.disagreements());
    }
    facts.line("Read", Text.size(report.bytesRead()));
    facts.line(
        "Time",
        seconds(report.checkpointTime())
            + " s checkpoint, "
            + seconds(report.readTime())
            + " s reading, "
            + seconds(report.walTime())
            + " s waiting for WAL");
  }

  /** The id alone, of a parent that is a backup in the archive. */
  private static String parentName(String description) {
    String backup = "backup ";
    return description.startsWith(backup) ? description.substring(backup.length()) : description;
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f", duration.toMillis() / 1000.0);
  }

  void printJson(PrintWriter out) throws IOException {
    EndNote totals = report.totals();
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("id", report.id().text());
      json.writeStringField("kind", report.parent().isEmpty() ? "full" : "incremental");
      if (report.parent().isPresent()) {
        json.writeStringField("parent", parentName(report.parent().get()));
      }
      if (report.changeSource().isPresent()) {
        json.writeStringField("changes", report.changeSource().get());
        json.writeNumberField("disagreements", report.disagreements());
      }
      json.writeStringField("start_lsn", report.startLsn().toString());
      json.writeNumberField("start_timeline", report.timeline().number());
      json.writeStringField("stop_lsn", report.stopLsn().toString());
      json.writeNumberField("stop_timeline", totals.stopTimeline().number());
      json.writeStringField("stop_time", totals.stopTime().toString());
      json.writeNumberField("segments", report.segments());
      json.writeNumberField("bytes", report.segmentBytes());
      json.writeNumberField("blocks", totals.blocks());
      json.writeNumberField("image_bytes", totals.imageBytes());
      json.writeNumberField("files", totals.files());
      json.writeNumberField("file_bytes", totals.fileBytes());
      json.writeNumberField("bytes_read", report.bytesRead());
      json.writeNumberField("damaged_pages", totals.damagedPages());
      json.writeArrayFieldStart("damaged");
      for (DamagedPage page : report.damaged()) {
        json.writeStartObject();
        json.writeStringField("file", page.path());
        json.writeNumberField("block", page.block());
        json.writeStringField("finding", page.finding());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeNumberField("checkpoint_seconds", report.checkpointTime().toMillis() / 1000.0);
      json.writeNumberField("scan_seconds", report.scanTime().toMillis() / 1000.0);
      json.writeNumberField("read_seconds", report.readTime().toMillis() / 1000.0);
      json.writeNumberField("wal_seconds", report.walTime().toMillis() / 1000.0);
      json.writeEndObject();
    }
    out.println();
  }
}
