package org.walfmt.cli.print;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.PrintWriter;

/** JSON on standard output. Closing a generator leaves standard output open. */
public final class JsonOutput {
  private static final JsonFactory FACTORY =
      new JsonFactory()
          .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);

  private JsonOutput() {}

  /** Objects without any space in them. */
  public static JsonGenerator line(PrintWriter out) throws IOException {
    return FACTORY.createGenerator(out);
  }

  /** Indented, for a whole result. */
  public static JsonGenerator pretty(PrintWriter out) throws IOException {
    JsonGenerator json = FACTORY.createGenerator(out);
    json.setPrettyPrinter(
        new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)));
    return json;
  }
}
