package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Locale;
import org.walfmt.cli.print.Facts;
import org.walfmt.replayer.start.PidFile;
import org.walfmt.replayer.start.StartReport;

/** What {@code restore --start} prints about the server. */
final class StartText {
  private StartText() {}

  private static String state(StartReport report) {
    return switch (report.reached()) {
      case OPEN -> "open for writing";
      case CONSISTENT -> report.certain() ? "consistent, goes on replaying" : "replaying";
      case PAUSED -> "paused at the target";
      case SHUT_DOWN -> "shut down at the target";
    };
  }

  static void print(Facts facts, StartReport report) {
    facts.line("Server", state(report));
    report
        .lastLsn()
        .ifPresent(lsn -> facts.line("Replayed up to", lsn + ", timeline " + report.timeline()));
    report.lastTime().ifPresent(time -> facts.line("Last transaction", time));
    report.stop().ifPresent(words -> facts.line("Its own words", words));
    report.server().ifPresent(server -> facts.line("Port", place(server)));
    facts.line("Log", report.log());
    facts.line("Time to get there", String.format(Locale.ROOT, "%.1f s", report.seconds()));
  }

  private static String place(PidFile server) {
    return server.socketDirectory().isEmpty()
        ? Integer.toString(server.port())
        : server.port() + ", socket in " + server.socketDirectory();
  }

  static void printJson(JsonGenerator json, StartReport report) throws IOException {
    json.writeObjectFieldStart("server");
    json.writeStringField("state", report.reached().name().toLowerCase(Locale.ROOT));
    json.writeBooleanField("certain", report.certain());
    if (report.lastLsn().isPresent()) {
      json.writeStringField("replayed_lsn", report.lastLsn().get().toString());
    }
    json.writeNumberField("timeline", report.timeline().number());
    if (report.lastTime().isPresent()) {
      json.writeStringField("last_transaction", report.lastTime().get());
    }
    if (report.server().isPresent()) {
      json.writeNumberField("pid", report.server().get().pid());
      json.writeNumberField("port", report.server().get().port());
    }
    json.writeStringField("log", report.log().toString());
    json.writeNumberField("seconds", report.seconds());
    json.writeEndObject();
  }
}
