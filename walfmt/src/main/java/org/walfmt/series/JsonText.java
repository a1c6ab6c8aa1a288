package org.walfmt.series;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.walfmt.Lsn;

/** Writes the JSON objects of notes, UTF-8, field by field; the mirror of {@link JsonFields}. */
final class JsonText {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final JsonGenerator generator;

  JsonText() {
    try {
      generator = FACTORY.createGenerator(bytes);
      generator.writeStartObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A step of writing into memory, which cannot fail. */
  private interface Step {
    void run() throws IOException;
  }

  private JsonText write(Step step) {
    try {
      step.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  JsonText string(String name, String value) {
    return write(() -> generator.writeStringField(name, value));
  }

  JsonText number(String name, long value) {
    return write(() -> generator.writeNumberField(name, value));
  }

  JsonText bool(String name, boolean value) {
    return write(() -> generator.writeBooleanField(name, value));
  }

  /** Written only when true. */
  JsonText flag(String name, boolean value) {
    return value ? bool(name, true) : this;
  }

  JsonText lsn(String name, Lsn value) {
    return string(name, value.toString());
  }

  JsonText uint64(String name, long value) {
    return string(name, Long.toUnsignedString(value));
  }

  JsonText mode(String name, int mode) {
    return string(name, String.format("0%03o", mode));
  }

  JsonText startArray(String name) {
    return write(() -> generator.writeArrayFieldStart(name));
  }

  JsonText startObject() {
    return write(generator::writeStartObject);
  }

  JsonText endObject() {
    return write(generator::writeEndObject);
  }

  /** Ends the array; the outermost object goes on. */
  JsonText endArray() {
    return write(generator::writeEndArray);
  }

  /** Bytes written, roughly: what is still in the generator counts not. */
  int length() {
    write(generator::flush);
    return bytes.size();
  }

  byte[] finish() {
    write(generator::writeEndObject);
    write(generator::close);
    return bytes.toByteArray();
  }
}
