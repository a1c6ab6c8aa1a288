package org.walfmt.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.replayer.extract.Wanted;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code walfmt extract} is to take. */
final class ExtractSelection {
  @Option(
      names = "--file",
      paramLabel = "PATH",
      description =
          "The file with this path in the data directory; of a relation, this one of its files.",
      order = 1)
  @Nullable String file;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      converter = RelationName.Converter.class,
      description =
          "The table, index, sequence or materialized view of this name, database.schema.relation,"
              + " quoted as in SQL. Asks the server for its file, in that database.",
      order = 2)
  @Nullable RelationName name;

  @Option(
      names = "--relation",
      paramLabel = "RELATION",
      converter = RelationFork.Converter.class,
      description =
          "The relation of this path, such as base/5/16384, or of these numbers:"
              + " tablespace/database/relation.",
      order = 3)
  @Nullable RelationFork relation;

  @Option(
      names = "--fork",
      paramLabel = "FORK",
      converter = ForkChoice.Converter.class,
      description = "This fork of it: main, which is the default, fsm, vm or init; or all.",
      order = 4)
  @Nullable ForkChoice fork;

  @Option(
      names = "--segment",
      paramLabel = "N",
      description = "Only this 1 GiB file of it, counted from 0.",
      order = 5)
  @Nullable Integer segment;

  @Option(
      names = "--block",
      paramLabel = "N",
      description = "Only this block of it, counted from 0 in the whole fork.",
      order = 6)
  @Nullable Long block;

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  boolean wantsAllForks() {
    return fork != null && fork.one().isEmpty();
  }

  /** What the options amount to, a lookup on the server if there is a name. */
  Wanted wanted(ConnectionGroup connection, Monitor monitor) {
    checkCombination();
    RelationName byName = name;
    RelationFork byPath = relation;
    if (byName != null) {
      return new RelationLookup(
          byName,
          connection.optionsIn(byName.database()),
          ConnectionGroup.prompt(),
          locator -> part(locator, Optional.empty()),
          monitor);
    }
    return byPath == null ? file(String.valueOf(file)) : part(byPath.locator(), byPath.fork());
  }

  private void checkCombination() {
    int ways = (file == null ? 0 : 1) + (name == null ? 0 : 1) + (relation == null ? 0 : 1);
    require(ways == 1, "give one of --file, --name and --relation");
    if (file != null) {
      require(fork == null, "--fork belongs to --relation and --name");
      require(segment == null, "--segment belongs to --relation and --name");
      require(block == null, "--block belongs to --relation and --name");
    }
    require(segment == null || block == null, "--segment and --block exclude each other");
    require(
        !wantsAllForks() || (segment == null && block == null),
        "--fork=all goes neither with --segment nor with --block");
    require(
        segment == null || (segment >= 0 && segment < 32768), "--segment must be from 0 to 32767");
    require(
        block == null || (block >= 0 && block < 0xFFFF_FFFFL), "--block must be a block number");
    if (fork != null && relation != null && relation.fork().isPresent()) {
      require(fork.one().equals(relation.fork()), "the path is of another fork than --fork");
    }
  }

  /**
   * @param ofPath the fork that the path names
   */
  private Wanted part(RelFileLocator locator, Optional<ForkNumber> ofPath) {
    if (wantsAllForks()) {
      return new Wanted.Relation(locator);
    }
    ForkNumber of =
        ofPath.or(() -> fork == null ? Optional.empty() : fork.one()).orElse(ForkNumber.MAIN);
    if (block != null) {
      return new Wanted.Block(locator, of, block);
    }
    return segment != null
        ? new Wanted.Segment(locator, of, segment)
        : new Wanted.Fork(locator, of);
  }

  private Wanted file(String path) {
    Optional<Wanted> ofRelation = RelationFork.file(path);
    if (ofRelation.isPresent()) {
      return ofRelation.get();
    }
    try {
      return new Wanted.File(path);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--file: " + e.getMessage(), e);
    }
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
