package org.walfmt.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.image.ImageCompression;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.connect.ConnectionEnvironment;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPrompt;
import org.walfmt.writer.kit.Facts;
import org.walfmt.writer.kit.Remarks;
import org.walfmt.writer.server.ServerFacts;

class PreflightTest {
  @TempDir Path directory;
  private Path data;
  private Path archive;
  private String label = "test";
  private boolean copyWal;
  private ImageCompression compression = ImageCompression.NONE;

  @BeforeEach
  void makeDirectories() throws IOException {
    data = Files.createDirectory(directory.resolve("data"));
    archive = Files.createDirectory(directory.resolve("archive"));
  }

  private void check(ServerFacts facts) throws IOException {
    ConnectionEnvironment environment =
        ConnectionEnvironment.of(Map.of(), Path.of("/nonexistent"), "postgres");
    BackupOptions options =
        new BackupOptions(
            ConnectionOptions.builder(environment).build(),
            PasswordPrompt.none(),
            Optional.of(data),
            new ArchivePlace.Directory(archive),
            label,
            Optional.empty(),
            ChangeSource.AUTO,
            Optional.empty(),
            true,
            0,
            1,
            copyWal,
            Duration.ofSeconds(1),
            compression,
            false,
            "test");
    new Preflight(options, facts, new Remarks()).check(data);
  }

  private RefusedException refused(ServerFacts facts) {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> check(facts));
    assertThat(e).isNotNull();
    return e;
  }

  @Test
  void takesAServerThatCanBeBackedUp() {
    assertThatCode(() -> check(Facts.usual())).doesNotThrowAnyException();
  }

  @Test
  void refusesMinimalWal() {
    RefusedException e = refused(Facts.of("minimal", "off", false, true, true, PgVersion.V15));
    assertThat(e.reason()).isEqualTo(Reason.PRECONDITION);
    assertThat(e).hasMessage("wal_level is minimal");
    assertThat(e.hint()).contains("Set wal_level to replica and restart the server.");
  }

  @Test
  void refusesARoleThatMayNotBackUpAndSaysWhatToGrant() {
    RefusedException e = refused(Facts.of("replica", "on", false, true, false, PgVersion.V15));
    assertThat(e).hasMessage("the role may not execute the backup functions");
    assertThat(e.hint().orElseThrow()).contains("pg_backup_start(text, boolean)");
    assertThat(
            refused(Facts.of("replica", "on", false, false, true, PgVersion.V14))
                .hint()
                .orElseThrow())
        .contains("pg_start_backup(text, boolean, boolean)");
  }

  @Test
  void refusesToWaitForWalThatNobodyArchives() {
    ServerFacts off = Facts.of("replica", "off", false, true, true, PgVersion.V15);
    assertThat(refused(off).hint().orElseThrow()).contains("--wal=copy");
    copyWal = true;
    assertThatCode(() -> check(off)).doesNotThrowAnyException();
  }

  @Test
  void refusesToWaitForWalWithoutAnArchiveCommand() {
    ServerFacts unset = Facts.withoutArchiveCommand();
    assertThat(refused(unset))
        .hasMessage("archive_command is not set, so that no WAL will come into the archive");
    copyWal = true;
    assertThatCode(() -> check(unset)).doesNotThrowAnyException();
  }

  @Test
  void waitsOnAStandbySinceItsPrimaryMayArchive() {
    assertThatCode(() -> check(Facts.of("replica", "off", true, true, true, PgVersion.V15)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesAnArchiveInsideTheDataDirectory() throws IOException {
    archive = Files.createDirectory(data.resolve("archive"));
    assertThat(refused(Facts.usual()))
        .hasMessage("archive \"" + archive + "\" lies inside the data directory");
    archive = Files.createSymbolicLink(directory.resolve("link"), archive);
    assertThat(refused(Facts.usual())).hasMessageContaining("lies inside the data directory");
    archive = data;
    assertThat(refused(Facts.usual())).hasMessageContaining("lies inside the data directory");
  }

  @Test
  void refusesAnArchiveInAWalDirectoryElsewhere() throws IOException {
    Path wal = Files.createDirectory(directory.resolve("wal"));
    Files.createSymbolicLink(data.resolve("pg_wal"), wal);
    archive = wal;
    assertThat(refused(Facts.usual())).hasMessageContaining("lies inside the data directory");
  }

  @Test
  void anArchiveBesideTheDataDirectoryIsNotInsideIt() throws IOException {
    archive = Files.createDirectory(directory.resolve("data-archive"));
    assertThatCode(() -> check(Facts.usual())).doesNotThrowAnyException();
  }

  @Test
  void failsOnAnArchiveThatIsNotThere() {
    archive = directory.resolve("nowhere");
    assertThatThrownBy(() -> check(Facts.usual())).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void refusesLabelsThatNoBackupCanHave() {
    for (String wrong : new String[] {"two\nlines", "two\rlines", "é".repeat(513)}) {
      label = wrong;
      assertThat(refused(Facts.usual())).hasMessageContaining("the label has a line break");
    }
    label = "é".repeat(512);
    assertThatCode(() -> check(Facts.usual())).doesNotThrowAnyException();
  }

  @Test
  void refusesACompressionThatTheServerCannotUndo() {
    compression = ImageCompression.ZSTD;
    RefusedException e = refused(Facts.of("replica", "on", false, true, true, PgVersion.V14));
    assertThat(e.reason()).isEqualTo(Reason.UNSUPPORTED);
    assertThat(e).hasMessage("PostgreSQL 14 has no page images compressed by zstd");
    assertThatCode(() -> check(Facts.usual())).doesNotThrowAnyException();
  }
}
