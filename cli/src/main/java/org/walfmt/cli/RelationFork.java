package org.walfmt.cli;

import java.util.Arrays;
import java.util.Optional;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.extract.Wanted;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A relation, as its path or its numbers name it.
 *
 * @param fork that the path names; empty if it does not, or if there are only numbers
 */
record RelationFork(RelFileLocator locator, Optional<ForkNumber> fork) {
  /** Paths of any major: the directory of a tablespace has its version's name. */
  private static Optional<RelationFile> parse(String path) {
    return Arrays.stream(PgVersion.values())
        .flatMap(version -> RelationFile.parse(path, version).stream())
        .findFirst();
  }

  /** The one file of a relation that a path names; empty if it is no relation's. */
  static Optional<Wanted> file(String path) {
    return parse(path)
        .map(found -> new Wanted.Segment(found.locator(), found.fork(), found.segment()));
  }

  /** The relation whose main fork a server says has this path. */
  static Optional<RelFileLocator> locator(String path) {
    return parse(path).map(RelationFile::locator);
  }

  static final class Converter implements ITypeConverter<RelationFork> {
    @Override
    public RelationFork convert(String text) throws Exception {
      Optional<RelationFile> path = parse(text);
      if (path.isEmpty()) {
        if (Character.isDigit(text.isEmpty() ? ' ' : text.charAt(0))) {
          return new RelationFork(new RelationConverter().convert(text), Optional.empty());
        }
        throw new TypeConversionException(
            "\""
                + text
                + "\" is no relation, such as base/5/16384, or 1663/5/16384:"
                + " tablespace/database/relation");
      }
      if (path.get().segment() > 0) {
        throw new TypeConversionException(
            "\"" + text + "\" is one file of a relation; name it with --file");
      }
      ForkNumber fork = path.get().fork();
      return new RelationFork(
          path.get().locator(), fork == ForkNumber.MAIN ? Optional.empty() : Optional.of(fork));
    }
  }
}
