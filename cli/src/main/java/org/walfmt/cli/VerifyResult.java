package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Text;
import org.walfmt.replayer.VerifyReport;
import org.walfmt.replayer.VerifyReport.Finding;
import org.walfmt.series.BackupId;

/** What {@code walfmt verify} found, of one chain or of several. */
final class VerifyResult {
  private final List<VerifyReport> reports = new ArrayList<>();
  private final List<Finding> refusals = new ArrayList<>();
  private int worstRefusal = ExitStatus.DONE;

  void add(VerifyReport report) {
    reports.add(report);
  }

  /** A chain that could not be verified at all. */
  void add(BackupId backup, IOException reason) {
    Failure failure = Failure.of(reason);
    String detail = failure.detail().map(text -> ": " + text).orElse("");
    refusals.add(new Finding(backup, failure.message() + detail));
    boolean damaged = failure.status() == ExitStatus.DAMAGED;
    worstRefusal = damaged || worstRefusal == ExitStatus.DONE ? failure.status() : worstRefusal;
  }

  boolean isSound() {
    return findings() == 0;
  }

  long findings() {
    return refusals.size() + reports.stream().mapToLong(report -> report.findings().size()).sum();
  }

  /** Damage goes before all else. */
  int status() {
    boolean damaged = reports.stream().anyMatch(report -> !report.isSound());
    return damaged ? ExitStatus.DAMAGED : worstRefusal;
  }

  void print(PrintWriter out) {
    for (VerifyReport report : reports) {
      report.findings().forEach(finding -> print(out, finding));
      out.println(
          "backup "
              + report.backup()
              + (report.isSound() ? " is sound: " : " is damaged: ")
              + summary(report));
    }
    refusals.forEach(finding -> print(out, finding));
  }

  private static void print(PrintWriter out, Finding finding) {
    out.println(finding.backup() + ": " + Text.oneLine(finding.message()));
  }

  private static String summary(VerifyReport report) {
    return String.format(
        Locale.ROOT,
        "%d %s, %d records, %d page images, %d page checksums%s, %d files, %s, %.1f s",
        report.members().size(),
        report.members().size() == 1 ? "backup" : "backups",
        report.records(),
        report.blocks(),
        report.pages(),
        report.tornPages() == 0 ? "" : " (" + report.tornPages() + " torn pages for replay)",
        report.files(),
        Text.size(report.bytes()),
        report.seconds());
  }

  void printJson(PrintWriter out) throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeBooleanField("sound", isSound());
      json.writeArrayFieldStart("chains");
      for (VerifyReport report : reports) {
        writeReport(json, report);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("findings");
      for (VerifyReport report : reports) {
        for (Finding finding : report.findings()) {
          write(json, finding);
        }
      }
      for (Finding finding : refusals) {
        write(json, finding);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
  }

  private static void write(JsonGenerator json, Finding finding) throws IOException {
    json.writeStartObject();
    json.writeStringField("backup", finding.backup().text());
    json.writeStringField("message", finding.message());
    json.writeEndObject();
  }

  private static void writeReport(JsonGenerator json, VerifyReport report) throws IOException {
    json.writeStartObject();
    json.writeStringField("backup", report.backup().text());
    json.writeBooleanField("sound", report.isSound());
    json.writeArrayFieldStart("members");
    for (BackupId member : report.members()) {
      json.writeString(member.text());
    }
    json.writeEndArray();
    json.writeNumberField("records", report.records());
    json.writeNumberField("blocks", report.blocks());
    json.writeNumberField("pages", report.pages());
    json.writeNumberField("torn_pages", report.tornPages());
    json.writeNumberField("files", report.files());
    json.writeNumberField("bytes", report.bytes());
    json.writeNumberField("seconds", report.seconds());
    json.writeEndObject();
  }
}
