package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Text;
import org.walfmt.health.ArchiveHealth;
import org.walfmt.health.WalCoverage;
import org.walfmt.retention.ExpiryPlan.LeftOver;
import org.walfmt.retention.RunningBackup;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** What {@code walfmt status} prints, in the form of monitoring plugins. */
record StatusResult(
    String archive,
    ArchiveHealth health,
    Map<BackupId, BackupState> states,
    StatusVerdict verdict,
    StatusVerdict.Limits limits,
    Instant now) {
  private static final String NAME = "WALFMT ";

  /** The one line of a plugin that could not find out. */
  static String unknown(String message) {
    return NAME + PluginState.UNKNOWN + " - " + plain(message);
  }

  /** A bar would begin the performance data. */
  private static String plain(String text) {
    return Text.oneLine(text).replace('|', '/');
  }

  /** First the line with the performance data, then one fact a line. */
  void print(PrintWriter out) {
    out.println(NAME + verdict.state() + " - " + plain(summary()) + " | " + performance());
    Facts facts = new Facts(out);
    verdict.problems().forEach(each -> facts.line(each.state().toString(), plain(each.fact())));
    health.last().ifPresent(backup -> facts.line("Last backup", backup(backup)));
    health.lastFull().ifPresent(backup -> facts.line("Last full backup", backup(backup)));
    health.last().ifPresent(last -> facts.line("Chain", chain()));
    health.wal().ifPresent(wal -> facts.line("WAL since", wal(wal)));
    for (BackupCatalog.Entry entry : health.stock().backups()) {
      BackupState state = state(entry);
      if (state.reason().isPresent()) {
        facts.line("Backup " + entry.id().timeline().toHex(), plain(state.toString()));
      }
    }
    for (RunningBackup run : health.stock().running()) {
      facts.line(
          "Without a commit", // of a run elsewhere nobody here can tell whether it lives
          run.timeline().toHex() + parent(run) + "; being taken, or interrupted");
    }
    for (LeftOver left : health.stock().leftOver()) {
      facts.line(
          "Left over",
          left.timeline().toHex()
              + ", "
              + counted(left.segments().size())
              + " without a commit, which \"walfmt expire\" removes");
    }
  }

  private BackupState state(BackupCatalog.Entry entry) {
    return Objects.requireNonNull(states.get(entry.id()));
  }

  private static String parent(RunningBackup run) {
    return run.parent().map(id -> ", on " + id).orElse(run.known() ? ", full" : "");
  }

  private String summary() {
    if (!verdict.problems().isEmpty()) {
      return verdict.problems().stream()
          .map(StatusVerdict.Problem::fact)
          .collect(Collectors.joining("; "));
    }
    CommitFile.Summary last = health.chain().get(0);
    return "last backup "
        + last.id()
        + " is "
        + Ages.text(StatusVerdict.age(last, now))
        + health
            .lastFull()
            .map(full -> ", last full " + Ages.text(StatusVerdict.age(full, now)))
            .orElse("")
        + health.wal().map(wal -> ", WAL up to " + wal.upTo()).orElse("");
  }

  private String performance() {
    StringBuilder data = new StringBuilder();
    health
        .last()
        .ifPresent(
            last -> data.append(value("age", StatusVerdict.age(last, now), "s", limits.age())));
    health
        .lastFull()
        .ifPresent(
            full ->
                data.append(
                    value("full_age", StatusVerdict.age(full, now), "s", limits.fullAge())));
    if (!health.chain().isEmpty()) {
      data.append(value("chain", health.chain().size(), "", limits.chain()));
    }
    health
        .wal()
        .ifPresent(wal -> data.append(value("wal_segments", wal.segments(), "", Optional.empty())));
    data.append(value("backups", health.stock().backups().size(), "", Optional.empty()));
    data.append(value("broken", broken(), "", Optional.empty()));
    data.append(value("running", health.stock().running().size(), "", Optional.empty()));
    return data.toString().strip();
  }

  private long broken() {
    return states.values().stream().filter(StatusVerdict::isBroken).count();
  }

  private static String value(String name, long value, String unit, Optional<Threshold> threshold) {
    return name + "=" + value + unit + Threshold.text(threshold) + ";0 ";
  }

  private String backup(CommitFile.Summary backup) {
    return backup.id()
        + ", "
        + BackupJson.kind(backup)
        + ", "
        + Text.time(backup.stopTime())
        + ", "
        + Ages.text(StatusVerdict.age(backup, now));
  }

  private String chain() {
    CommitFile.Summary oldest = health.chain().get(health.chain().size() - 1);
    int length = health.chain().size();
    return (length == 1 ? "1 backup" : length + " backups")
        + (oldest.isFull() ? "" : " on an external base backup");
  }

  private static String counted(long segments) {
    return segments == 1 ? "1 segment" : segments + " segments";
  }

  private static String wal(WalCoverage wal) {
    return "up to "
        + wal.upTo()
        + ", "
        + counted(wal.segments())
        + wal.gap().map(gap -> "; then " + gap).orElse(", no gap");
  }

  void printJson(PrintWriter out) throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("archive", archive);
      json.writeStringField("state", verdict.state().toString());
      json.writeArrayFieldStart("problems");
      for (StatusVerdict.Problem problem : verdict.problems()) {
        json.writeStartObject();
        json.writeStringField("state", problem.state().toString());
        json.writeStringField("fact", problem.fact());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (health.last().isPresent()) {
        writeBackup(json, "last_backup", health.last().get());
      }
      if (health.lastFull().isPresent()) {
        writeBackup(json, "last_full", health.lastFull().get());
      }
      json.writeArrayFieldStart("chain");
      for (CommitFile.Summary member : health.chain()) {
        json.writeString(member.id().text());
      }
      json.writeEndArray();
      if (health.wal().isPresent()) {
        writeWal(json, health.wal().get());
      }
      writeOthers(json);
      json.writeEndObject();
    }
    out.println();
  }

  private void writeBackup(JsonGenerator json, String name, CommitFile.Summary backup)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeStringField("id", backup.id().text());
    json.writeStringField("kind", BackupJson.kind(backup));
    json.writeStringField("stop_time", backup.stopTime().toString());
    json.writeNumberField("age_seconds", StatusVerdict.age(backup, now));
    json.writeNumberField("damaged_pages", backup.damagedPages());
    json.writeEndObject();
  }

  private static void writeWal(JsonGenerator json, WalCoverage wal) throws IOException {
    json.writeObjectFieldStart("wal");
    json.writeStringField("up_to", wal.upTo().toString());
    json.writeNumberField("segments", wal.segments());
    json.writeBooleanField("covers_backup", wal.coversBackup());
    if (wal.gap().isPresent()) {
      json.writeObjectFieldStart("gap");
      json.writeStringField("first", wal.gap().get().first().toString());
      json.writeStringField("last", wal.gap().get().last().toString());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void writeOthers(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("not_complete");
    for (BackupCatalog.Entry entry : health.stock().backups()) {
      BackupState state = state(entry);
      if (state.reason().isPresent()) {
        json.writeStartObject();
        json.writeStringField("id", entry.id().text());
        json.writeStringField("status", state.word());
        json.writeStringField("reason", state.reason().get());
        json.writeEndObject();
      }
    }
    json.writeEndArray();
    json.writeArrayFieldStart("running");
    for (RunningBackup run : health.stock().running()) {
      json.writeString(run.timeline().toHex());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("left_over");
    for (LeftOver left : health.stock().leftOver()) {
      json.writeString(left.timeline().toHex());
    }
    json.writeEndArray();
  }
}
