package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Table;
import org.walfmt.cli.print.Text;
import org.walfmt.retention.ExpiryPlan;
import org.walfmt.retention.ExpiryPlan.LeftOver;
import org.walfmt.retention.ExpiryPlan.Removal;
import org.walfmt.retention.ExpiryPlan.WalPruning;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** What expire has found, for people and for machines. */
record ExpireResult(
    String archive, List<BackupCatalog.Entry> backups, ExpiryPlan plan, boolean confirmed) {
  private static final String UNKNOWN = "-";

  /** A line for each backup, what goes first; with the names of the files if that is wanted. */
  void print(PrintWriter out, boolean names) {
    Table table = new Table("ACTION", "ID", "KIND", "START TIME", "FILES", "SIZE", "REASON");
    for (LeftOver left : plan.leftOver()) {
      row(table, left.timeline().toHex(), "left over", left.segments(), left.bytes(), "no commit");
    }
    for (Removal removal : plan.removals()) {
      table.row(
          "remove",
          removal.id().text(),
          BackupJson.kind(removal.commit()),
          Text.time(removal.commit().startTime()),
          Integer.toString(removal.files().size()),
          Text.megabytes(removal.bytes()),
          removal.reason());
    }
    if (plan.wal().isPresent() && !plan.wal().get().files().isEmpty()) {
      WalPruning wal = plan.wal().get();
      row(table, UNKNOWN, "WAL", wal.files(), wal.bytes(), "before " + wal.firstKept().orElse(""));
    }
    for (BackupCatalog.Entry entry : backups) {
      Optional.ofNullable(plan.kept().get(entry.id()))
          .ifPresent(reason -> kept(table, entry, reason));
    }
    table.print(out);
    if (names) {
      files().forEach(name -> out.println("  " + name));
    }
    out.println(
        "total to remove: "
            + (plan.removals().size() == 1 ? "1 backup" : plan.removals().size() + " backups")
            + ", "
            + (plan.files() == 1 ? "1 file" : plan.files() + " files")
            + ", "
            + Text.megabytes(plan.bytes()));
  }

  private static void row(
      Table table, String id, String kind, List<String> files, long bytes, String reason) {
    table.row(
        "remove", id, kind, UNKNOWN, Integer.toString(files.size()), Text.megabytes(bytes), reason);
  }

  private static void kept(Table table, BackupCatalog.Entry entry, String reason) {
    Optional<CommitFile.Summary> commit = entry.summary();
    table.row(
        "keep",
        entry.id().text(),
        commit.map(BackupJson::kind).orElse(UNKNOWN),
        commit.map(each -> Text.time(each.startTime())).orElse(UNKNOWN),
        commit.map(each -> Long.toString(each.segments() + 1)).orElse(UNKNOWN),
        commit.map(each -> Text.megabytes(BackupJson.bytes(each))).orElse(UNKNOWN),
        reason);
  }

  private List<String> files() {
    List<String> names = new ArrayList<>();
    plan.leftOver().forEach(left -> names.addAll(left.segments()));
    plan.removals().forEach(removal -> names.addAll(removal.files()));
    plan.wal().ifPresent(wal -> names.addAll(wal.files()));
    return names;
  }

  void printJson(PrintWriter out) throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("archive", archive);
      json.writeBooleanField("removed", confirmed);
      json.writeNumberField("files", plan.files());
      json.writeNumberField("bytes", plan.bytes());
      json.writeArrayFieldStart("left_over");
      for (LeftOver left : plan.leftOver()) {
        json.writeStartObject();
        json.writeStringField("timeline", left.timeline().toHex());
        contents(json, left.segments(), left.bytes());
      }
      json.writeEndArray();
      json.writeArrayFieldStart("remove");
      for (Removal removal : plan.removals()) {
        json.writeStartObject();
        json.writeStringField("id", removal.id().text());
        json.writeStringField("reason", removal.reason());
        contents(json, removal.files(), removal.bytes());
      }
      json.writeEndArray();
      if (plan.wal().isPresent()) {
        printWal(json, plan.wal().get());
      }
      json.writeArrayFieldStart("keep");
      for (Map.Entry<BackupId, String> kept : plan.kept().entrySet()) {
        json.writeStartObject();
        json.writeStringField("id", kept.getKey().text());
        json.writeStringField("reason", kept.getValue());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
  }

  private static void printWal(JsonGenerator json, WalPruning wal) throws IOException {
    json.writeObjectFieldStart("wal");
    if (wal.firstKept().isPresent()) {
      json.writeStringField("before", wal.firstKept().get());
    }
    if (wal.obstacle().isPresent()) {
      json.writeStringField("obstacle", wal.obstacle().get());
    }
    contents(json, wal.files(), wal.bytes());
  }

  /** The rest of an object. */
  private static void contents(JsonGenerator json, List<String> files, long bytes)
      throws IOException {
    json.writeNumberField("bytes", bytes);
    json.writeArrayFieldStart("file_names");
    for (String name : files) {
      json.writeString(name);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
