package org.walfmt.writer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import org.walfmt.writer.CheckSink.Severity;

/** Steps of a check, each of which may fail without ending the others. */
final class CheckSteps {
  private final CheckSink sink;

  CheckSteps(CheckSink sink) {
    this.sink = sink;
  }

  /** Something that may fail. */
  interface Step<T> {
    T run() throws IOException;
  }

  /** Something that refuses what is wrong. */
  interface Demand {
    void check() throws IOException;
  }

  void ok(String subject, String fact) {
    sink.found(Severity.OK, subject, fact, "");
  }

  void warning(String subject, String fact, String hint) {
    sink.found(Severity.WARNING, subject, fact, hint);
  }

  void error(String subject, String fact, String hint) {
    sink.found(Severity.ERROR, subject, fact, hint);
  }

  /** Empty if the step failed, which has been told then. */
  <T> Optional<T> attempt(String subject, Step<T> step) throws IOException {
    try {
      return Optional.of(step.run());
    } catch (IOException e) {
      if (e instanceof InterruptedIOException || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      sink.failed(subject, e);
      return Optional.empty();
    }
  }

  /** Whether what is demanded holds; both is told. */
  boolean demand(String subject, Demand demand, String fact) throws IOException {
    boolean holds =
        attempt(
                subject,
                () -> {
                  demand.check();
                  return true;
                })
            .isPresent();
    if (holds) {
      ok(subject, fact);
    }
    return holds;
  }
}
