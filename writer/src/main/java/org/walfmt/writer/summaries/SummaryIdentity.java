package org.walfmt.writer.summaries;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.UnsupportedWalException;
import org.walfmt.segment.StreamIdentity;

/**
 * The file in a directory of walfmt's own summaries that tells of which WAL they are, since the
 * names and the format of summaries do not.
 *
 * <pre>
 *   {"format":1,"system_identifier":"7711635449941887756","postgres":17,"segment_size":16777216}
 * </pre>
 */
final class SummaryIdentity {
  static final String FILE_NAME = "walfmt-summaries.json";
  private static final String FORMAT_VERSION = "1";

  private static final String FORMAT = "format";
  private static final String SYSTEM = "system_identifier";
  private static final String POSTGRES = "postgres";
  private static final String SEGMENT_SIZE = "segment_size";
  private static final String EXTENSION = "x-";

  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private SummaryIdentity() {}

  static byte[] encode(StreamIdentity identity) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField(FORMAT, 1);
      json.writeStringField(SYSTEM, Long.toUnsignedString(identity.systemIdentifier()));
      json.writeNumberField(POSTGRES, identity.version().major());
      json.writeNumberField(SEGMENT_SIZE, identity.segmentSize().bytes());
      json.writeEndObject();
    }
    bytes.write('\n');
    return bytes.toByteArray();
  }

  /**
   * Reads the whole file.
   *
   * @param where the file, for messages
   */
  static StreamIdentity decode(byte[] text, String where) throws IOException {
    Map<String, String> fields = fields(text, where);
    String format = fields.get(FORMAT);
    if (format != null && !format.equals(FORMAT_VERSION)) {
      throw new UnsupportedWalException(
          "file \"" + where + "\" has format version " + format + ", this program reads 1");
    }
    for (String name : fields.keySet()) {
      boolean known =
          name.equals(FORMAT)
              || name.equals(SYSTEM)
              || name.equals(POSTGRES)
              || name.equals(SEGMENT_SIZE)
              || name.startsWith(EXTENSION);
      if (!known) {
        throw new UnsupportedWalException("file \"" + where + "\" has field \"" + name + "\"");
      }
    }
    try {
      int size = Integer.parseInt(fields.getOrDefault(SEGMENT_SIZE, ""));
      int major = Integer.parseInt(fields.getOrDefault(POSTGRES, ""));
      long system = Long.parseUnsignedLong(fields.getOrDefault(SYSTEM, ""));
      if (format != null && SegmentSize.isValid(size) && PgVersion.ofMajor(major).isPresent()) {
        return new StreamIdentity(PgVersion.ofMajor(major).get(), new SegmentSize(size), system);
      }
    } catch (NumberFormatException e) {
      throw (CorruptWalException) corrupt(where).initCause(e);
    }
    throw corrupt(where);
  }

  private static Map<String, String> fields(byte[] text, String where) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    String decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(text)).toString();
    try (JsonParser json = FACTORY.createParser(decoded)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw corrupt(where);
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        fields.put(name, String.valueOf(json.getText()));
        json.skipChildren();
      }
      if (json.currentToken() == JsonToken.END_OBJECT && json.nextToken() == null) {
        return fields;
      }
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw (CorruptWalException) corrupt(where).initCause(e);
    }
    throw corrupt(where);
  }

  private static CorruptWalException corrupt(String where) {
    return new CorruptWalException(
        "file \"" + where + "\" does not tell of which WAL its directory has summaries");
  }
}
