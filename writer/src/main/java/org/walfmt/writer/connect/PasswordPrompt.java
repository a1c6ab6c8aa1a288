package org.walfmt.writer.connect;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Asks the user for a password. */
@FunctionalInterface
public interface PasswordPrompt {
  /**
   * Returns what the user typed, or null if there is nobody to ask.
   *
   * @param prompt the text to show, such as {@code "Password for user alice: "}
   */
  @Nullable String ask(String prompt) throws IOException;

  /** A prompt with nobody behind it. */
  static PasswordPrompt none() {
    return prompt -> null;
  }
}
