package org.walfmt.series;

import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.WalFormatException;

/**
 * A directory, a tablespace or a file that is no relation's, in the inventory (rules INVENTORY-2 to
 * INVENTORY-5).
 */
public sealed interface PathEntry {
  /** Path relative to the data directory, safe by {@link PathOrder#isSafe}. */
  String path();

  /** Permission bits. */
  int mode();

  /**
   * A directory; the data directory itself is {@code .} and comes first.
   *
   * @param identity of a database's directory: text that is another one when the directory has been
   *     made anew; only the writer compares it
   */
  record Directory(String path, int mode, Optional<String> identity) implements PathEntry {
    /** A directory without an identity. */
    public Directory(String path, int mode) {
      this(path, mode, Optional.empty());
    }
  }

  /**
   * A tablespace: {@code pg_tblspc/OID}, a symbolic link.
   *
   * @param target the absolute path it led to
   */
  record Tablespace(String path, int mode, String target) implements PathEntry {}

  /**
   * A regular file.
   *
   * @param length in bytes, as it was read
   * @param sha256 of its contents, in hex
   * @param unchanged whether the contents are not in this series but in an older one
   */
  record RegularFile(String path, int mode, long length, String sha256, boolean unchanged)
      implements PathEntry {}

  /** Path of the data directory itself. */
  String ROOT = ".";

  /** The file that is always last. */
  String CONTROL_FILE = "global/pg_control";

  /** Writes an entry as an object of the array {@code paths}. */
  static void encode(PathEntry entry, JsonText json) {
    json.startObject().string("path", entry.path()).mode("mode", entry.mode());
    if (entry instanceof Directory directory) {
      json.string("kind", "directory");
      directory.identity().ifPresent(text -> json.string("identity", text));
    } else if (entry instanceof Tablespace tablespace) {
      json.string("kind", "tablespace").string("target", tablespace.target());
    } else if (entry instanceof RegularFile file) {
      json.string("kind", "file")
          .number("length", file.length())
          .string("sha256", file.sha256())
          .flag("unchanged", file.unchanged());
    }
    json.endObject();
  }

  /** Reads an entry. */
  static PathEntry decode(JsonFields json) throws WalFormatException {
    String path = json.string("path");
    String kind = json.string("kind");
    int mode = json.mode("mode");
    if (!PathOrder.isSafe(path) && !(path.equals(ROOT) && kind.equals("directory"))) {
      throw new CorruptWalException("unsafe path \"" + path + "\" in inventory", json.where());
    }
    PathEntry entry =
        switch (kind) {
          case "directory" -> new Directory(path, mode, json.optionalString("identity"));
          case "tablespace" -> tablespace(path, mode, json);
          case "file" ->
              new RegularFile(
                  path,
                  mode,
                  json.number("length", Long.MAX_VALUE),
                  json.hex("sha256", BeginNote.SHA256_BYTES),
                  json.flag("unchanged"));
          default -> throw json.invalid("kind");
        };
    json.done();
    return entry;
  }

  private static PathEntry tablespace(String path, int mode, JsonFields json)
      throws CorruptWalException {
    String target = json.string("target");
    if (!path.matches("pg_tblspc/[1-9][0-9]{0,9}")
        || !target.startsWith("/")
        || target.indexOf('\0') >= 0) {
      throw new CorruptWalException(
          "unsafe tablespace \"" + path + "\" to \"" + target + "\" in inventory", json.where());
    }
    return new Tablespace(path, mode, target);
  }
}
