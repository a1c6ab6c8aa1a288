package org.walfmt.replayer.datadir;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.replayer.datadir.RecoveryTarget.Kind;

/**
 * The text of {@code postgresql.auto.conf} with recovery settings at its end. Those that were there
 * before are commented out: two recovery targets are an error to the server, and an old one would
 * stop it too early; an old upstream is that of another standby, and its slot can have one user.
 *
 * <p>A target of another kind in another file is an error to the server, too, unless a later line
 * sets it to nothing, before the one that counts: {@code assign_recovery_target_*}.
 *
 * <p>Source: {@code utils/misc/guc-file.l} for the quoting of values.
 */
public final class RecoveryConfiguration {
  /** Name of the file, in the data directory. */
  public static final String FILE = "postgresql.auto.conf";

  private static final Pattern RECOVERY_SETTING =
      Pattern.compile(
          "\\s*(restore_command|recovery_target(_\\w+)?|recovery_end_command"
              + "|archive_cleanup_command|primary_conninfo|primary_slot_name)\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern UPSTREAM =
      Pattern.compile(
          "\\s*primary_(conninfo|slot_name)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern RESTORE_COMMAND =
      Pattern.compile(
          "\\s*restore_command(?:\\s*=\\s*|\\s+(?!=))'[^'].*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /** A target, not set to nothing. */
  private static final Pattern TARGET =
      Pattern.compile(
          "\\s*(recovery_target(?:_time|_lsn|_xid|_name)?)(?:\\s*=\\s*|\\s+(?!=))(?:'[^'].*|[^'#\\s].*)",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern LINES = Pattern.compile("\n");

  private RecoveryConfiguration() {}

  /**
   * The new text of the file.
   *
   * @param before its bytes, of an unknown encoding
   * @param elsewhere targets that other files set
   */
  public static byte[] rewrite(
      byte[] before, RecoverySettings settings, String restoreCommand, Set<Kind> elsewhere) {
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
    Optional<Kind> wanted = settings.target().map(RecoveryTarget::kind);
    for (Kind kind : elsewhere) {
      if (!wanted.equals(Optional.of(kind))) {
        set(added, kind.setting(), "");
      }
    }
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
    settings.primaryConninfo().ifPresent(value -> set(added, "primary_conninfo", value));
    settings.primarySlot().ifPresent(value -> set(added, "primary_slot_name", value));
    out.writeBytes(added.toString().getBytes(UTF_8));
    return out.toByteArray();
  }

  /** The targets that a configuration file sets, whatever comes after them. */
  public static Set<Kind> targets(byte[] file) {
    Set<Kind> targets = EnumSet.noneOf(Kind.class);
    for (String line : LINES.splitAsStream(new String(file, ISO_8859_1)).toList()) {
      Matcher matcher = TARGET.matcher(line);
      if (matcher.matches()) {
        String setting = matcher.group(1).toLowerCase(Locale.ROOT);
        for (Kind kind : Kind.values()) {
          if (kind.setting().equals(setting)) {
            targets.add(kind);
          }
        }
      }
    }
    return targets;
  }

  /** Whether a file tells where WAL is streamed from. */
  static boolean hasUpstream(byte[] file) {
    return LINES
        .splitAsStream(new String(file, ISO_8859_1))
        .anyMatch(line -> UPSTREAM.matcher(line).matches());
  }

  /** Whether a file has a {@code restore_command}. */
  public static boolean hasRestoreCommand(byte[] file) {
    return LINES
        .splitAsStream(new String(file, ISO_8859_1))
        .anyMatch(line -> RESTORE_COMMAND.matcher(line).matches());
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
