package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.EndNote;
import org.walfmt.series.Series;

/** Prints for machines what goes beyond a backup's commit. */
final class ShowJson {
  private ShowJson() {}

  /** What begin and end note tell beyond the commit. */
  static void series(JsonGenerator json, Series series) throws IOException {
    BeginNote begin = series.begin();
    json.writeStringField("nonce", begin.nonce());
    json.writeStringField("server_version", begin.serverVersion());
    json.writeStringField("tool_version", begin.toolVersion());
    json.writeStringField("checkpoint_lsn", begin.checkpointLsn().toString());
    json.writeNumberField("reference_timeline", begin.referenceTimeline().number());
    json.writeBooleanField("checksums", begin.checksums());
    json.writeBooleanField("wal_log_hints", begin.walLogHints());
    json.writeStringField("compression", begin.compression());
    json.writeStringField("changes", begin.changeSource());
    EndNote end = series.end();
    json.writeNumberField("blocks", end.blocks());
    json.writeNumberField("image_bytes", end.imageBytes());
    json.writeNumberField("files", end.files());
    json.writeNumberField("file_bytes", end.fileBytes());
    json.writeNumberField("records", end.records());
    json.writeStringField("digest", end.digest());
    json.writeStringField("index_lsn", series.commit().indexLsn().toString());
    json.writeStringField("end_lsn", series.commit().endLsn().toString());
    json.writeStringField("backup_label", series.label().backupLabel());
    json.writeStringField("tablespace_map", series.label().tablespaceMap());
  }

  static void inventory(JsonGenerator json, InventoryCounts counts) throws IOException {
    json.writeObjectFieldStart("inventory");
    json.writeNumberField("forks", counts.forks());
    json.writeNumberField("whole_forks", counts.wholeForks());
    json.writeNumberField("blocks", counts.forkBlocks());
    json.writeNumberField("directories", counts.directories());
    json.writeNumberField("tablespaces", counts.tablespaces());
    json.writeNumberField("files", counts.files());
    json.writeNumberField("unchanged_files", counts.unchangedFiles());
    json.writeNumberField("file_bytes", counts.fileBytes());
    json.writeNumberField("cluster_bytes", counts.clusterBytes());
    json.writeEndObject();
  }

  static void chain(JsonGenerator json, BackupChain chain) throws IOException {
    json.writeObjectFieldStart("chain");
    if (chain.base().isPresent()) {
      json.writeStringField("base_manifest_sha256", chain.base().get());
    }
    if (chain.missing().isPresent()) {
      json.writeStringField("missing", chain.missing().get().text());
    }
    json.writeArrayFieldStart("backups");
    for (CommitFile.Summary member : chain.members()) {
      json.writeString(member.id().text());
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
