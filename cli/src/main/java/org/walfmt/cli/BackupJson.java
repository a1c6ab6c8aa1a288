package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** What a backup's commit tells, as fields of a JSON object. */
final class BackupJson {
  private BackupJson() {}

  /** Writes the fields of one backup; the object has been started. */
  static void fields(JsonGenerator json, BackupCatalog.Entry entry, BackupState state)
      throws IOException {
    json.writeStringField("id", entry.id().text());
    json.writeStringField("status", state.word());
    if (state.reason().isPresent()) {
      json.writeStringField("reason", state.reason().get());
    }
    if (entry.summary().isPresent()) {
      summary(json, entry.summary().get());
    }
  }

  private static void summary(JsonGenerator json, CommitFile.Summary commit) throws IOException {
    json.writeStringField("kind", kind(commit));
    json.writeStringField("label", commit.label());
    json.writeNumberField("postgres", commit.version().major());
    json.writeStringField("system_identifier", Long.toUnsignedString(commit.systemIdentifier()));
    json.writeStringField("start_time", commit.startTime().toString());
    json.writeStringField("stop_time", commit.stopTime().toString());
    json.writeStringField("start_lsn", commit.startLsn().toString());
    json.writeNumberField("start_timeline", commit.startTimeline().number());
    json.writeStringField("stop_lsn", commit.stopLsn().toString());
    json.writeNumberField("stop_timeline", commit.stopTimeline().number());
    json.writeStringField("reference_lsn", commit.referenceLsn().toString());
    if (commit.parent().isPresent()) {
      json.writeStringField("parent", commit.parent().get().text());
    }
    if (commit.manifest().isPresent()) {
      json.writeStringField("parent_manifest_sha256", commit.manifest().get());
    }
    if (!commit.replaces().isEmpty()) {
      json.writeArrayFieldStart("replaces");
      for (BackupId replaced : commit.replaces()) {
        json.writeString(replaced.text());
      }
      json.writeEndArray();
    }
    json.writeBooleanField("from_standby", commit.fromStandby());
    json.writeNumberField("damaged_pages", commit.damagedPages());
    json.writeStringField("first_segment", commit.firstSegment().toString());
    json.writeStringField("last_segment", commit.lastSegment().toString());
    json.writeNumberField("segments", commit.segments());
    json.writeNumberField("segment_size", commit.segmentSize().bytes());
    json.writeNumberField("bytes", bytes(commit));
  }

  /** full or incremental. */
  static String kind(CommitFile.Summary commit) {
    return commit.isFull() ? "full" : "incremental";
  }

  /** Bytes of the series' segment files. */
  static long bytes(CommitFile.Summary commit) {
    return commit.segments() * commit.segmentSize().bytes();
  }
}
