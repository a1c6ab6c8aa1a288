package org.walfmt.tests.exchange;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.ExportOptions;
import org.walfmt.replayer.ExportReport;
import org.walfmt.replayer.Exporter;
import org.walfmt.replayer.ImportOptions;
import org.walfmt.replayer.ImportReport;
import org.walfmt.replayer.Importer;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.QuietMonitor;

/** Native backups into an archive and out of it, in process. */
final class Imports {
  private Imports() {}

  /** Imports a backup, whose parent is found, with its WAL. */
  static ImportReport take(Path archive, Path source) throws IOException {
    return new Importer(
            new ImportOptions(
                new DirectoryArchive(archive, "test"),
                source,
                Optional.empty(),
                Optional.empty(),
                ImageCompression.NONE,
                true,
                true),
            String.format("%032x", source.hashCode() & 0xFFFF_FFFFL),
            "test",
            Clock.systemUTC(),
            new QuietMonitor())
        .run("test");
  }

  /** Exports a backup to a directory. */
  static ExportReport export(Path archive, BackupId id, Path target) throws IOException {
    return new Exporter(Clock.systemUTC())
        .export(
            new ExportOptions(
                new DirectoryArchive(archive, "test"),
                id.text(),
                Optional.empty(),
                true,
                new ExportOptions.Output.Directory(target, Map.of(), false, true)),
            new QuietMonitor());
  }
}
