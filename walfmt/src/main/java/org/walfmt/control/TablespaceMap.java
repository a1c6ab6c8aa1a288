package org.walfmt.control;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalFormatException;

/**
 * The file {@code tablespace_map}: where the links in {@code pg_tblspc} lead. Recovery makes them
 * anew from it, if there is a {@code backup_label}.
 *
 * <p>One line for each: OID, space, path, line feed. A line feed or carriage return in a path has a
 * backslash before it, and from 14 on a backslash too. Source: {@code do_pg_backup_start} in {@code
 * access/transam/xlog.c}, {@code read_tablespace_map} in {@code access/transam/xlogrecovery.c}.
 *
 * @param tablespaces in the order of the file
 */
public record TablespaceMap(List<Tablespace> tablespaces) {
  /** Name of the file, in the data directory. */
  public static final String NAME = "tablespace_map";

  private static final Pattern OID = Pattern.compile("[1-9][0-9]{0,9}");

  /**
   * One link.
   *
   * @param oid the tablespace's OID, unsigned 32 bits
   * @param path where its files are; not empty, but nothing else is known of it
   */
  public record Tablespace(long oid, String path) {}

  /** Keeps an unmodifiable copy. */
  public TablespaceMap {
    tablespaces = List.copyOf(tablespaces);
  }

  /** Reads the whole text of a file, empty if there are no tablespaces. */
  public static TablespaceMap parse(String text, PgVersion version) throws WalFormatException {
    List<Tablespace> tablespaces = new ArrayList<>();
    Set<Long> oids = new HashSet<>();
    StringBuilder line = new StringBuilder();
    boolean ended = true;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      ended = c == '\n';
      if (ended) {
        Tablespace tablespace = tablespace(line.toString());
        if (!oids.add(tablespace.oid)) {
          throw new CorruptWalException(NAME + " names tablespace " + tablespace.oid + " twice");
        }
        tablespaces.add(tablespace);
        line.setLength(0);
      } else if (c == '\\' && at + 1 < text.length() && isEscaped(text.charAt(at + 1), version)) {
        at++;
        line.append(text.charAt(at));
      } else if (isEscaped(c, version) || c == '\0') {
        throw new CorruptWalException(
            NAME + " has character " + (int) c + " without a backslash at offset " + at);
      } else {
        line.append(c);
      }
    }
    if (!ended) {
      throw new TruncatedWalException(NAME + " ends within a line");
    }
    return new TablespaceMap(tablespaces);
  }

  private static Tablespace tablespace(String line) throws CorruptWalException {
    int space = line.indexOf(' ');
    if (space < 0
        || space == line.length() - 1
        || !OID.matcher(line.substring(0, space)).matches()) {
      throw new CorruptWalException(NAME + " has line \"" + line + "\", expected OID and path");
    }
    long oid = Long.parseLong(line.substring(0, space));
    if (oid > 0xFFFF_FFFFL) {
      throw new CorruptWalException(NAME + " has OID " + oid + ", expected at most 4294967295");
    }
    return new Tablespace(oid, line.substring(space + 1));
  }

  /** Returns the whole text of the file. */
  public String format(PgVersion version) {
    StringBuilder text = new StringBuilder();
    for (Tablespace tablespace : tablespaces) {
      text.append(tablespace.oid).append(' ');
      for (int at = 0; at < tablespace.path.length(); at++) {
        char c = tablespace.path.charAt(at);
        if (isEscaped(c, version)) {
          text.append('\\');
        }
        text.append(c);
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static boolean isEscaped(char c, PgVersion version) {
    return c == '\n' || c == '\r' || (c == '\\' && version.isAtLeast(PgVersion.V14));
  }
}
