package org.walfmt.block;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.walfmt.PgVersion;

/**
 * One segment file of a relation's fork, as its path names it.
 *
 * @param segment number of the 1 GiB segment file, 0 for the first, whose name has no suffix
 */
public record RelationFile(RelFileLocator locator, ForkNumber fork, int segment) {
  /** Blocks in every segment file but the last: {@code RELSEG_SIZE}. */
  public static final int SEGMENT_BLOCKS = 131072;

  /** The last segment that block numbers, which have 32 bits, can reach. */
  public static final int MAX_SEGMENT = (int) (RelFileLocator.MAX_OID / SEGMENT_BLOCKS);

  private static final String NUMBER = "[1-9][0-9]{0,9}";

  private static final Pattern PATH =
      Pattern.compile(
          "(?:global|base/(?<database>NUMBER)|pg_tblspc/(?<space>NUMBER)/(?<directory>[^/]+)/(?<other>NUMBER))"
                  .replace("NUMBER", NUMBER)
              + "/(?<relation>NUMBER)(?<fork>_fsm|_vm|_init)?(?:\\.(?<segment>[1-9][0-9]{0,4}))?"
                  .replace("NUMBER", NUMBER));

  /**
   * Checks that a server can have this file.
   *
   * @throws IllegalArgumentException if the locator is not valid or the segment out of range
   */
  public RelationFile {
    if (!locator.isValid() || segment < 0 || segment > MAX_SEGMENT) {
      throw new IllegalArgumentException(
          "no file holds segment " + segment + " of relation " + locator);
    }
  }

  /**
   * Reads a path relative to the data directory, with {@code /} between its parts.
   *
   * <p>Exact: a path is a relation's only if {@link #path} gives it back. Leading zeros, names of
   * temporary relations ({@code t3_16384}) and directories of another version's tablespace are not.
   *
   * @return empty if the path is not that of a relation file
   */
  public static Optional<RelationFile> parse(String path, PgVersion version) {
    Matcher matcher = PATH.matcher(path);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String directory = matcher.group("directory");
    if (directory != null && !directory.equals(version.tablespaceVersionDirectory())) {
      return Optional.empty();
    }
    long tablespace = RelFileLocator.GLOBAL_TABLESPACE;
    long database = 0;
    if (directory != null) {
      tablespace = Long.parseLong(matcher.group("space"));
      database = Long.parseLong(matcher.group("other"));
      if (tablespace == RelFileLocator.GLOBAL_TABLESPACE
          || tablespace == RelFileLocator.DEFAULT_TABLESPACE) {
        return Optional.empty();
      }
    } else if (matcher.group("database") != null) {
      tablespace = RelFileLocator.DEFAULT_TABLESPACE;
      database = Long.parseLong(matcher.group("database"));
    }
    long relation = Long.parseLong(matcher.group("relation"));
    String segmentText = matcher.group("segment");
    int segment = segmentText == null ? 0 : Integer.parseInt(segmentText);
    if (Math.max(tablespace, Math.max(database, relation)) > RelFileLocator.MAX_OID
        || segment > MAX_SEGMENT) {
      return Optional.empty();
    }
    RelFileLocator locator = new RelFileLocator(tablespace, database, relation);
    return Optional.of(new RelationFile(locator, forkOf(matcher.group("fork")), segment));
  }

  /** Returns the path relative to the data directory; {@link #parse} is its inverse. */
  public String path(PgVersion version) {
    return locator.path(version, fork, segment);
  }

  /** Returns the number, within the fork, of this file's first block. */
  public long firstBlock() {
    return (long) segment * SEGMENT_BLOCKS;
  }

  private static ForkNumber forkOf(@Nullable String suffix) {
    if (suffix == null) {
      return ForkNumber.MAIN;
    }
    return switch (suffix) {
      case "_fsm" -> ForkNumber.FSM;
      case "_vm" -> ForkNumber.VM;
      default -> ForkNumber.INIT;
    };
  }
}
