package org.walfmt.writer.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Tells a database's directory from another one that was made later at the same place: inode number
 * and change time of its PG_VERSION, which a server writes once.
 *
 * @param changed {@code st_ctime} of that file
 * @param text both, for comparison; the same text means the same directory
 */
public record DirectoryIdentity(Instant changed, String text) {
  /** Of a database's directory; empty for one without PG_VERSION. */
  public static Optional<DirectoryIdentity> of(Path directory) throws IOException {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(
              directory.resolve("PG_VERSION"), "unix:ino,ctime", LinkOption.NOFOLLOW_LINKS);
      if (attributes.get("ctime") instanceof FileTime changed) {
        String text = attributes.get("ino") + " " + changed.toInstant();
        return Optional.of(new DirectoryIdentity(changed.toInstant(), text));
      }
      return Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
