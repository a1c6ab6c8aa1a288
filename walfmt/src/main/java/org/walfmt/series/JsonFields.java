package org.walfmt.series;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalPosition;

/**
 * The fields of a JSON object in a note, each asked for by name and type. What is missing, of
 * another type or out of range is corrupt; what nobody asked for is unsupported, unless its name
 * begins with {@code x-} (rule NOTE-3).
 */
final class JsonFields {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_STRING = 1 << 20;
  private static final int MAX_NUMBER = 20;
  private static final long MAX_UINT32 = 0xFFFF_FFFFL;

  /** A value that no field of ours has: a fraction, a number beyond 64 bits, null. */
  private static final Object FOREIGN = new Object();

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(MAX_STRING)
                  .maxNumberLength(MAX_NUMBER)
                  .build())
          .build();

  private final Map<?, ?> fields;
  private final WalPosition where;
  private final Set<String> asked = new HashSet<>();

  private JsonFields(Map<?, ?> fields, WalPosition where) {
    this.fields = fields;
    this.where = where;
  }

  /** Parses a note's message, which must be one JSON object and nothing else. */
  static JsonFields parse(byte[] message, WalPosition where) throws CorruptWalException {
    try (JsonParser parser = FACTORY.createParser(text(message))) {
      parser.nextToken();
      Object value = value(parser);
      if (value instanceof Map<?, ?> fields && parser.nextToken() == null) {
        return new JsonFields(fields, where);
      }
    } catch (IOException e) {
      throw new CorruptWalException("note is not JSON", where);
    }
    throw new CorruptWalException("note is not one JSON object", where);
  }

  /** Strictly: a parser of bytes would guess other encodings and let some malformed ones pass. */
  private static String text(byte[] message) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(message)).toString();
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("no value");
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? FOREIGN
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT, VALUE_NULL -> FOREIGN;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw new IOException("unexpected " + token);
    };
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  private <T> T field(String name, Class<T> type) throws CorruptWalException {
    asked.add(name);
    Object value = fields.get(name);
    if (!type.isInstance(value)) {
      throw invalid(name);
    }
    return type.cast(value);
  }

  String string(String name) throws CorruptWalException {
    return field(name, String.class);
  }

  Optional<String> optionalString(String name) throws CorruptWalException {
    return has(name) ? Optional.of(string(name)) : Optional.empty();
  }

  boolean bool(String name) throws CorruptWalException {
    return field(name, Boolean.class);
  }

  /** A boolean that is written only when true. */
  boolean flag(String name) throws CorruptWalException {
    return has(name) && bool(name);
  }

  /** A whole number from 0 to {@code max}. */
  long number(String name, long max) throws CorruptWalException {
    long value = field(name, Long.class);
    if (value < 0 || value > max) {
      throw invalid(name);
    }
    return value;
  }

  long uint32(String name) throws CorruptWalException {
    return number(name, MAX_UINT32);
  }

  /** An octal string of permission bits. */
  int mode(String name) throws CorruptWalException {
    String text = string(name);
    if (!text.matches("0[0-7]{3}")) {
      throw invalid(name);
    }
    return Integer.parseInt(text, 8);
  }

  /** An unsigned 64-bit number, a decimal string since JSON readers may round larger ones. */
  long uint64(String name) throws CorruptWalException {
    String text = string(name);
    if (!text.matches("0|[1-9][0-9]{0,19}")) {
      throw invalid(name);
    }
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw invalid(name);
    }
  }

  Lsn lsn(String name) throws CorruptWalException {
    try {
      return Lsn.parse(string(name));
    } catch (IllegalArgumentException e) {
      throw invalid(name);
    }
  }

  /** A real timeline: never 0, never one of a series (rule NAME-2). */
  TimelineId timeline(String name) throws CorruptWalException {
    TimelineId timeline = TimelineId.of(uint32(name));
    if (timeline.bits() <= 0) {
      throw invalid(name);
    }
    return timeline;
  }

  /** Lower-case hexadecimal digits, {@code bytes} times two of them. */
  String hex(String name, int bytes) throws CorruptWalException {
    String text = string(name);
    if (text.length() != 2 * bytes || !text.matches("[0-9a-f]*")) {
      throw invalid(name);
    }
    return text;
  }

  /** The objects of an array. */
  List<JsonFields> objects(String name) throws CorruptWalException {
    List<JsonFields> objects = new ArrayList<>();
    for (Object element : field(name, List.class)) {
      if (!(element instanceof Map<?, ?> map)) {
        throw invalid(name);
      }
      objects.add(new JsonFields(map, where));
    }
    return objects;
  }

  /** Ends the reading: every field must have been asked for, or be one to ignore. */
  void done() throws UnsupportedWalException {
    for (Object name : fields.keySet()) {
      String text = String.valueOf(name);
      if (!asked.contains(text) && !text.startsWith("x-")) {
        throw new UnsupportedWalException("unknown field \"" + text + "\" in note", where);
      }
    }
  }

  CorruptWalException invalid(String name) {
    return new CorruptWalException(
        "field \"" + name + "\" of note is " + (has(name) ? "invalid" : "missing"), where);
  }

  WalPosition where() {
    return where;
  }
}
