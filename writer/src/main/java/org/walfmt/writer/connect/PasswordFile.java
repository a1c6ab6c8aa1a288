package org.walfmt.writer.connect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A password file: lines of {@code host:port:database:user:password}.
 *
 * <p>The first four fields may be {@code *}; a backslash takes a colon or a backslash as it is; the
 * first line that matches counts. A file that others may read is passed over with a warning, so
 * that nobody trusts it. Source: PostgreSQL 18, {@code fe-connect.c}, {@code passwordFromFile}.
 */
final class PasswordFile {
  private static final Set<PosixFilePermission> OF_OTHERS =
      EnumSet.range(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_EXECUTE);

  private final Path file;
  private final List<String> lines;

  private PasswordFile(Path file, List<String> lines) {
    this.file = file;
    this.lines = lines;
  }

  /**
   * Reads the file; one that is not there, or may not be used, counts as empty.
   *
   * @param warnings takes a message for each reason to pass the file over
   */
  static PasswordFile read(Path file, List<String> warnings) {
    try {
      if (!Files.exists(file)) {
        return new PasswordFile(file, List.of());
      }
      if (!Files.isRegularFile(file)) {
        warnings.add("password file \"" + file + "\" is not a plain file");
        return new PasswordFile(file, List.of());
      }
      if (!Collections.disjoint(Files.getPosixFilePermissions(file), OF_OTHERS)) {
        warnings.add(
            "password file \""
                + file
                + "\" has group or world access; permissions should be u=rw (0600) or less");
        return new PasswordFile(file, List.of());
      }
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      return new PasswordFile(file, text.lines().toList());
    } catch (IOException e) {
      warnings.add("could not read password file \"" + file + "\": " + e.getMessage());
      return new PasswordFile(file, List.of());
    }
  }

  Path file() {
    return file;
  }

  /** Returns the password for a connection, or null if no line matches. */
  @Nullable String find(String host, int port, String database, String user) {
    String[] wanted = {host, Integer.toString(port), database, user};
    for (String line : lines) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int at = 0;
      for (int field = 0; field < wanted.length && at >= 0; field++) {
        at = afterField(line, at, wanted[field]);
      }
      if (at >= 0) {
        return password(line, at);
      }
    }
    return null;
  }

  /** Returns where the next field begins, or -1 if the field at this offset does not match. */
  private static int afterField(String line, int start, String wanted) {
    if (line.startsWith("*:", start)) {
      return start + 2;
    }
    int at = start;
    int matched = 0;
    while (at < line.length()) {
      if (line.charAt(at) == ':' && matched == wanted.length()) {
        return at + 1;
      }
      if (line.charAt(at) == '\\') {
        at++;
      }
      if (at == line.length()
          || matched == wanted.length()
          || line.charAt(at) != wanted.charAt(matched)) {
        return -1;
      }
      at++;
      matched++;
    }
    return -1;
  }

  /** Returns the last field, up to a colon that no backslash protects. */
  private static String password(String line, int start) {
    StringBuilder password = new StringBuilder();
    for (int at = start; at < line.length() && line.charAt(at) != ':'; at++) {
      if (line.charAt(at) == '\\' && at + 1 < line.length()) {
        at++;
      }
      password.append(line.charAt(at));
    }
    return password.toString();
  }

  /** Tells nothing of the lines. */
  @Override
  public String toString() {
    return "PasswordFile[" + file + "]";
  }
}
