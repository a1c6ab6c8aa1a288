package org.walfmt.tests.exchange;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;

/**
 * {@code pg_combinebackup} and {@code pg_verifybackup} of 17 and 18, which come with no embedded
 * server: from the place where packages put them, or from the directory that the environment
 * variable {@code WALFMT_TOOLS_17} or {@code WALFMT_TOOLS_18} names.
 */
record StockTools(Path directory) {
  static Optional<StockTools> of(int major) {
    String named = System.getenv("WALFMT_TOOLS_" + major);
    Path directory = Path.of(named == null ? "/usr/lib/postgresql/" + major + "/bin" : named);
    return Files.isExecutable(directory.resolve("pg_combinebackup"))
        ? Optional.of(new StockTools(directory))
        : Optional.empty();
  }

  Outcome run(String tool, String... arguments) {
    return Command.of(directory.resolve(tool), arguments).run();
  }
}
