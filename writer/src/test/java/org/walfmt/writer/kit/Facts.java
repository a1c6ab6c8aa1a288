package org.walfmt.writer.kit;

import java.util.List;
import java.util.Optional;
import org.walfmt.PgVersion;
import org.walfmt.writer.server.ServerFacts;

/** What a server that can be backed up says, and variations of it. */
public final class Facts {
  private Facts() {}

  public static ServerFacts usual() {
    return of("replica", "on", false, true, true, PgVersion.V15);
  }

  /** With archive_mode on, but nothing that archives. */
  public static ServerFacts withoutArchiveCommand() {
    return of("replica", "on", false, false, true, true, PgVersion.V15);
  }

  public static ServerFacts of(
      String walLevel,
      String archiveMode,
      boolean inRecovery,
      boolean mayStart,
      boolean mayStop,
      PgVersion version) {
    return of(walLevel, archiveMode, true, inRecovery, mayStart, mayStop, version);
  }

  private static ServerFacts of(
      String walLevel,
      String archiveMode,
      boolean archives,
      boolean inRecovery,
      boolean mayStart,
      boolean mayStop,
      PgVersion version) {
    return new ServerFacts(
        version,
        version + ".1",
        TestSeries.SYSTEM,
        Optional.empty(),
        List.of(),
        5432,
        1_700_000_000,
        inRecovery,
        walLevel,
        true,
        TestSeries.SEGMENTS,
        true,
        false,
        archiveMode,
        archives,
        mayStart,
        mayStop);
  }
}
