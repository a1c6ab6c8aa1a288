package org.walfmt.replayer.inplace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.series.BackupId;

/**
 * The file in the target that tells, while {@code pg_control} is set aside, what the directory was
 * before and what is being applied to it. Text in JSON, for people too.
 */
final class StateFile {
  /** Name of the file, in the data directory. */
  static final String NAME = "walfmt_apply.json";

  private static final JsonFactory FACTORY = new JsonFactory();

  private StateFile() {}

  /** Writes the file and flushes it and its name. */
  static void write(Path target, TargetPosition position, List<BackupId> members, Edits edits)
      throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("postgres", Integer.toString(position.version().major()));
      json.writeStringField("system", Long.toUnsignedString(position.systemIdentifier()));
      json.writeStringField("checksums", Boolean.toString(position.checksums()));
      json.writeStringField("segment_size", Integer.toString(position.segmentSize().bytes()));
      json.writeStringField("redo_lsn", position.redo().toString());
      json.writeStringField("redo_timeline", position.redoTimeline().toString());
      json.writeStringField("reached_lsn", position.reached().toString());
      json.writeStringField("reached_timeline", position.reachedTimeline().toString());
      json.writeStringField(
          "applying", String.join(" ", members.stream().map(BackupId::text).toList()));
      json.writeEndObject();
    }
    Path waiting = target.resolve(NAME + ".new");
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    try (Edits.FileEdit file = edits.open(waiting, 0600)) {
      file.write(0, ByteBuffer.wrap(bytes));
      file.cut(bytes.length);
    }
    edits.await();
    edits.move(waiting, target.resolve(NAME));
    edits.flush(target);
  }

  /** What the file tells; empty if there is none. */
  static Optional<TargetPosition> read(Path target) throws IOException {
    Path file = target.resolve(NAME);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      Map<String, String> fields = fields(Files.readString(file));
      return Optional.of(
          new TargetPosition(
              PgVersion.ofMajor(Integer.parseInt(field(fields, "postgres"))).orElseThrow(),
              Long.parseUnsignedLong(field(fields, "system")),
              Boolean.parseBoolean(field(fields, "checksums")),
              new SegmentSize(Integer.parseInt(field(fields, "segment_size"))),
              Lsn.parse(field(fields, "redo_lsn")),
              TimelineId.of(Long.parseLong(field(fields, "redo_timeline"))),
              Lsn.parse(field(fields, "reached_lsn")),
              TimelineId.of(Long.parseLong(field(fields, "reached_timeline"))),
              true));
    } catch (RuntimeException | JsonProcessingException e) {
      CorruptWalException failure =
          new CorruptWalException("file \"" + file + "\" is not one that walfmt apply wrote");
      failure.initCause(e);
      throw failure;
    }
  }

  private static String field(Map<String, String> fields, String name) {
    return Optional.ofNullable(fields.get(name)).orElseThrow();
  }

  private static Map<String, String> fields(String text) throws IOException {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = FACTORY.createParser(text)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        fields.put(name, json.getText());
      }
    }
    return fields;
  }
}
