package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Text;
import org.walfmt.writer.CheckSink;

/** Prints what {@code walfmt check} finds, line by line or in the end as JSON. */
final class CheckResult implements CheckSink {
  private static final int HINT_INDENT = 26;

  private final PrintWriter out;
  private final boolean json;
  private final List<Finding> findings = new ArrayList<>();

  CheckResult(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  private record Finding(Severity severity, String subject, String fact, String hint) {
    String word() {
      return severity.name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public void found(Severity severity, String subject, String fact, String hint) {
    Finding finding = new Finding(severity, subject, Text.oneLine(fact), Text.oneLine(hint));
    findings.add(finding);
    if (!json) {
      out.println(
          String.format(Locale.ROOT, "%-8s %-16s %s", finding.word(), subject, finding.fact()));
      if (!finding.hint().isEmpty()) {
        out.println(" ".repeat(HINT_INDENT) + "hint: " + finding.hint());
      }
      out.flush();
    }
  }

  @Override
  public void failed(String subject, IOException failure) {
    Failure told = Failure.of(failure);
    String fact = told.message() + told.detail().map(detail -> ": " + detail).orElse("");
    found(Severity.ERROR, subject, fact, told.hint().orElse(""));
  }

  private long count(Severity severity) {
    return findings.stream().filter(each -> each.severity() == severity).count();
  }

  /** Prints what is left to print; the exit status. */
  int finish() throws IOException {
    long errors = count(Severity.ERROR);
    if (json) {
      printJson();
    } else {
      out.println(
          String.format(
              Locale.ROOT,
              "%d ok, %s, %s",
              count(Severity.OK),
              counted(count(Severity.WARNING), "warning"),
              counted(errors, "error")));
    }
    return errors == 0 ? ExitStatus.DONE : ExitStatus.PRECONDITION;
  }

  private static String counted(long count, String word) {
    return count + " " + word + (count == 1 ? "" : "s");
  }

  private void printJson() throws IOException {
    try (JsonGenerator generator = JsonOutput.pretty(out)) {
      generator.writeStartObject();
      generator.writeNumberField("errors", count(Severity.ERROR));
      generator.writeNumberField("warnings", count(Severity.WARNING));
      generator.writeArrayFieldStart("checks");
      for (Finding finding : findings) {
        generator.writeStartObject();
        generator.writeStringField("result", finding.word());
        generator.writeStringField("subject", finding.subject());
        generator.writeStringField("fact", finding.fact());
        if (!finding.hint().isEmpty()) {
          generator.writeStringField("hint", finding.hint());
        }
        generator.writeEndObject();
      }
      generator.writeEndArray();
      generator.writeEndObject();
    }
    out.println();
  }
}
