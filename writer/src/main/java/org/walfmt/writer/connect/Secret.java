package org.walfmt.writer.connect;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A password that does not show itself in messages, logs or debuggers' displays. */
final class Secret {
  private final String value;

  private Secret(String value) {
    this.value = value;
  }

  /** Returns null for null and for the empty text, which libpq takes for "no password". */
  static @Nullable Secret of(@Nullable String value) {
    return value == null || value.isEmpty() ? null : new Secret(value);
  }

  /** Returns the names of parameters, never their values, for a value's {@code toString}. */
  static String namesOf(Map<String, String> parameters) {
    return parameters.keySet().toString();
  }

  String reveal() {
    return value;
  }

  @Override
  public String toString() {
    return "********";
  }
}
