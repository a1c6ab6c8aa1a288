package org.walfmt.tests.kit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An installed PostgreSQL.
 *
 * <p>Embedded ones, of every major version, have {@code initdb}, {@code pg_ctl}, {@code postgres}
 * and the contrib modules, and can neither lz4 nor zstd. The machine's own 15 has everything.
 */
public record PgInstall(int major, Path bin, boolean embedded) {
  private static final Path MACHINE_15 = Path.of("/usr/lib/postgresql/15/bin");

  /** The embedded server of a major version. */
  public static PgInstall embedded(int major) {
    return new PgInstall(major, PgBinaries.unpacked(major).resolve("bin"), true);
  }

  /** The machine's PostgreSQL 15; skips or fails the test where there is none. */
  public static PgInstall machine15() {
    Strict.require(
        Files.isExecutable(MACHINE_15.resolve("postgres")), "no PostgreSQL 15 in " + MACHINE_15);
    return new PgInstall(15, MACHINE_15, false);
  }

  /** The supported major versions. */
  public static List<Integer> majors() {
    return IntStream.rangeClosed(13, 18).boxed().toList();
  }

  /** Every embedded server: a source of arguments, see {@link EachMajor}. */
  static Stream<PgInstall> all() {
    return majors().stream().map(PgInstall::embedded);
  }

  public Path program(String name) {
    return bin.resolve(name);
  }

  @Override
  public String toString() {
    return "PostgreSQL " + major + (embedded ? "" : " of the machine");
  }
}
