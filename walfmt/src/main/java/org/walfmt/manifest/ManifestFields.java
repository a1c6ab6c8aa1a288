package org.walfmt.manifest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.UnsupportedWalException;

/** Walks over the JSON text of a manifest and takes only what is of the type asked for. */
final class ManifestFields {
  private final JsonParser parser;

  ManifestFields(JsonParser parser) {
    this.parser = parser;
  }

  /** Enters the outermost object. */
  void startObject() throws IOException {
    require(JsonToken.START_OBJECT, parser.nextToken());
  }

  /** Enters the array that is this field's value. */
  void startArray() throws IOException {
    require(JsonToken.START_ARRAY, parser.nextToken());
  }

  /** Enters the array's next object, or leaves the array and returns false. */
  boolean nextObject() throws IOException {
    if (parser.nextToken() == JsonToken.END_ARRAY) {
      return false;
    }
    require(JsonToken.START_OBJECT, parser.currentToken());
    return true;
  }

  /** Goes to the object's next field, or leaves the object and returns false. */
  boolean next() throws IOException {
    return parser.nextToken() == JsonToken.FIELD_NAME;
  }

  /** Returns the name of the current field. */
  String name() throws IOException {
    return parser.currentName();
  }

  String string() throws IOException {
    require(JsonToken.VALUE_STRING, parser.nextToken());
    return parser.getText();
  }

  /** Returns a whole number from 0 to {@link Long#MAX_VALUE}. */
  long number() throws IOException {
    long number = unsignedNumber();
    if (number < 0) {
      throw invalid();
    }
    return number;
  }

  /** Returns a whole number of up to 64 bits. */
  long unsignedNumber() throws IOException {
    require(JsonToken.VALUE_NUMBER_INT, parser.nextToken());
    try {
      return Long.parseUnsignedLong(parser.getText());
    } catch (NumberFormatException e) {
      CorruptWalException invalid = invalid();
      invalid.initCause(e);
      throw invalid;
    }
  }

  Lsn lsn() throws IOException {
    try {
      return Lsn.parse(string());
    } catch (IllegalArgumentException e) {
      CorruptWalException invalid = invalid();
      invalid.initCause(e);
      throw invalid;
    }
  }

  /** Checks that nothing follows the outermost object. */
  void end() throws IOException {
    if (parser.nextToken() != null) {
      throw corrupt("goes on after its end");
    }
  }

  private void require(JsonToken expected, @Nullable JsonToken found) throws IOException {
    if (found != expected) {
      throw invalid();
    }
  }

  private CorruptWalException invalid() throws IOException {
    String name = parser.currentName();
    return corrupt(name == null ? "has a value out of place" : "has an invalid \"" + name + "\"");
  }

  UnsupportedWalException unknown() throws IOException {
    return new UnsupportedWalException(
        BackupManifestReader.NAME + " line " + line() + " has unknown field \"" + name() + "\"");
  }

  /** Returns the failure with this fact about the current line. */
  CorruptWalException corrupt(String fact) {
    return new CorruptWalException(BackupManifestReader.NAME + " line " + line() + " " + fact);
  }

  private int line() {
    return parser.currentLocation().getLineNr();
  }
}
