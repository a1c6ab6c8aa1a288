package org.walfmt.replayer.datadir;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The text of {@code postgresql.auto.conf} with recovery settings at its end. Those that were there
 * before are commented out: two recovery targets are an error to the server, and an old one would
 * stop it too early.
 *
 * <p>Source: {@code utils/misc/guc-file.l} for the quoting of values.
 */
final class RecoveryConfiguration {
  /** Name of the file, in the data directory. */
  static final String FILE = "postgresql.auto.conf";

  private static final Pattern RECOVERY_SETTING =
      Pattern.compile(
          "\\s*(restore_command|recovery_target(_\\w+)?|recovery_end_command"
              + "|archive_cleanup_command)\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern LINES = Pattern.compile("\n");

  private RecoveryConfiguration() {}

  /**
   * The new text of the file.
   *
   * @param before its bytes, of an unknown encoding
   */
  static byte[] rewrite(byte[] before, RecoverySettings settings, String restoreCommand) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String text = new String(before, ISO_8859_1);
    for (String line : LINES.splitAsStream(text).toList()) {
      if (RECOVERY_SETTING.matcher(line).matches()) {
        out.writeBytes("# removed by walfmt restore: ".getBytes(ISO_8859_1));
      }
      out.writeBytes(line.getBytes(ISO_8859_1));
      out.write('\n');
    }
    StringBuilder added = new StringBuilder("# added by walfmt restore\n");
    set(added, "restore_command", restoreCommand);
    settings
        .target()
        .ifPresent(
            target -> {
              set(added, target.kind().setting(), target.value());
              target
                  .inclusive()
                  .ifPresent(on -> set(added, "recovery_target_inclusive", on ? "on" : "off"));
            });
    settings.action().ifPresent(action -> set(added, "recovery_target_action", action));
    settings.timeline().ifPresent(timeline -> set(added, "recovery_target_timeline", timeline));
    out.writeBytes(added.toString().getBytes(UTF_8));
    return out.toByteArray();
  }

  private static void set(StringBuilder text, String name, String value) {
    text.append(name).append(" = '");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\'' -> text.append("''");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        default -> text.append(c);
      }
    }
    text.append("'\n");
  }

  /** A {@code restore_command} that copies from a directory; its path may hold any character. */
  static String copyFrom(Path archive) {
    StringBuilder command = new StringBuilder("cp \"");
    String path = archive.toString();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '"' || c == '\\' || c == '$' || c == '`') {
        command.append('\\');
      } else if (c == '%') {
        command.append('%');
      }
      command.append(c);
    }
    return command.append("/%f\" \"%p\"").toString();
  }
}
