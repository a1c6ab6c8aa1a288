package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Text;
import org.walfmt.replayer.RestorePreview;
import org.walfmt.replayer.RestorePreview.Member;
import org.walfmt.replayer.RestorePreview.Replay;

/** What {@code restore --plan} prints. */
final class PreviewText {
  private final PrintWriter out;
  private final RestorePreview preview;

  PreviewText(PrintWriter out, RestorePreview preview) {
    this.out = out;
    this.preview = preview;
  }

  void print() {
    List<Member> members = preview.members();
    Facts facts = new Facts(out);
    facts.line("Would restore", members.get(0).id());
    facts.line("Data directory", preview.target());
    facts.line("PostgreSQL", preview.version());
    for (Member member : members) {
      facts.line(
          member.isFull() ? "Full" : "Incremental",
          member.id() + ", " + segments(member.segments()));
    }
    preview.base().ifPresent(base -> facts.line("Base backup", base));
    facts.line("Fetched", segments(preview.fetchedSegments()) + " of series");
    facts.line(
        "Written",
        preview.files()
            + " files ("
            + Text.size(preview.bytes())
            + "), "
            + preview.blocks()
            + " blocks");
    facts.line("Start LSN", preview.startLsn());
    facts.line("Consistent at", preview.stopLsn() + ", timeline " + preview.stopTimeline());
    facts.line("WAL until consistent", segments(preview.consistentSegments()));
    preview.targetLsn().ifPresent(lsn -> facts.line("Target at", lsn));
    facts.line(
        "WAL replayed",
        preview.replayed().map(this::replayed).orElse("unknown: the archive cannot be listed"));
    if (!preview.restoreCommand().isEmpty()) {
      facts.line("restore_command", preview.restoreCommand());
    }
    facts.line(
        "Time of the merge",
        String.format(
            Locale.ROOT,
            "%.1f s, as the first %s took %.2f s just now, written nowhere",
            preview.estimatedSeconds(),
            Text.size(preview.sample().bytes()),
            preview.sample().seconds()));
    facts.line("Not in this time", "writing, flushing, and the replay of the WAL");
  }

  private String replayed(Replay replay) {
    String text = segments(replay.segments()) + ", to " + replay.end();
    if (!replay.isEnough()) {
      return text + ": the archive has no more, and the target lies after that";
    }
    return preview.targetLsn().isPresent() ? text : text + ", at most: what the archive has";
  }

  private String segments(long count) {
    return (count == 1 ? "1 segment" : count + " segments")
        + " ("
        + Text.megabytes(count * preview.segmentSize())
        + ")";
  }

  void printJson() throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("backup", preview.members().get(0).id().text());
      json.writeArrayFieldStart("members");
      for (Member member : preview.members()) {
        json.writeStartObject();
        json.writeStringField("backup", member.id().text());
        json.writeStringField("kind", member.isFull() ? "full" : "incremental");
        json.writeNumberField("segments", member.segments());
        json.writeNumberField("bytes", member.segments() * preview.segmentSize());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (preview.base().isPresent()) {
        json.writeStringField("base", preview.base().get().toString());
      }
      json.writeStringField("target", preview.target().toString());
      json.writeNumberField("postgres", preview.version().major());
      json.writeNumberField("fetched_segments", preview.fetchedSegments());
      json.writeNumberField("fetched_bytes", preview.fetchedSegments() * preview.segmentSize());
      json.writeNumberField("blocks", preview.blocks());
      json.writeNumberField("files", preview.files());
      json.writeNumberField("bytes", preview.bytes());
      json.writeStringField("start_lsn", preview.startLsn().toString());
      json.writeStringField("stop_lsn", preview.stopLsn().toString());
      json.writeNumberField("stop_timeline", preview.stopTimeline().number());
      json.writeNumberField("consistent_wal_segments", preview.consistentSegments());
      if (preview.targetLsn().isPresent()) {
        json.writeStringField("target_lsn", preview.targetLsn().get().toString());
      }
      Optional<Replay> replayed = preview.replayed();
      if (replayed.isPresent()) {
        json.writeNumberField("replayed_wal_segments", replayed.get().segments());
        json.writeStringField("replayed_wal_end", replayed.get().end().toString());
        json.writeBooleanField("replayed_wal_is_enough", replayed.get().isEnough());
      }
      json.writeStringField("restore_command", preview.restoreCommand());
      json.writeNumberField("sample_bytes", preview.sample().bytes());
      json.writeNumberField("sample_seconds", preview.sample().seconds());
      json.writeNumberField("estimated_merge_seconds", preview.estimatedSeconds());
      json.writeEndObject();
    }
    out.println();
  }
}
