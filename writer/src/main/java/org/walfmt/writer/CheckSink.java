package org.walfmt.writer;

import java.io.IOException;

/** Takes what a check finds, as it is found. */
public interface CheckSink {
  /** How serious it is. */
  enum Severity {
    OK,
    WARNING,
    ERROR
  }

  /**
   * One thing was looked at.
   *
   * @param subject what it was, in a word or two
   * @param fact what was found
   * @param hint how to mend it; empty if there is nothing to mend
   */
  void found(Severity severity, String subject, String fact, String hint);

  /** One thing could not be done. */
  void failed(String subject, IOException failure);
}
