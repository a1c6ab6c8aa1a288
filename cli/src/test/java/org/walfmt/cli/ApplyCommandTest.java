package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.PgVersion;

class ApplyCommandTest {
  @TempDir Path directory;
  private Path archive;
  private Path target;

  @BeforeEach
  void restore() throws IOException {
    archive = Files.createDirectory(directory.resolve("archive"));
    target = directory.resolve("data");
    SyntheticArchive backups = new SyntheticArchive(archive);
    backups.full();
    backups.incremental();
    CliRun run =
        CliRun.of("restore", "-A", archive, "-D", target, "--no-wal-check", SyntheticArchive.FULL);
    assertThat(run.status()).isZero();
    Files.write(target.resolve("global/pg_control"), controlFile());
  }

  /** Of a primary, as a backup has it. */
  private static byte[] controlFile() {
    ByteBuffer file = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(0, SyntheticArchive.SYSTEM);
    file.putInt(8, PgVersion.V15.controlVersion());
    file.putInt(12, PgVersion.V15.catalogVersion());
    file.putInt(16, 6).putInt(48, 1).putInt(172, 1).putInt(204, 8);
    file.putDouble(208, 1234567.0);
    file.putInt(216, 8192).putInt(220, 131072).putInt(224, 8192).putInt(228, 1 << 20);
    file.put(248, (byte) 1).putInt(252, 1);
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, 288));
    file.putInt(288, (int) crc.getValue());
    return file.array();
  }

  private CliRun apply(Object... more) {
    Object[] words = new Object[6 + more.length];
    System.arraycopy(
        new Object[] {"apply", "-A", archive, "-D", target, "--no-wal-check"}, 0, words, 0, 6);
    System.arraycopy(more, 0, words, 6, more.length);
    return CliRun.of(words);
  }

  @Test
  void bringsARestoreForward() throws IOException {
    CliRun run = apply();

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .startsWith("Applied:                  " + SyntheticArchive.INCREMENTAL + "\n")
        .contains("Merged:                   1 backup\n")
        .contains("Redo LSN before:          0/5000028\n")
        .contains("Blocks changed:           0\n")
        .contains("Start LSN:                0/7000028\n")
        .contains("Consistent at:            0/7000100, timeline 1\n");
    assertThat(Files.readString(target.resolve("backup_label"))).contains("LABEL: hourly");
    assertThat(target.resolve("global/pg_control")).hasBinaryContent(new byte[8192]);
  }

  @Test
  void tellsAMachineWhatItWouldDo() throws IOException {
    Files.write(target.resolve("base/5/16384"), new byte[8192]);

    CliRun run = apply("--dry-run", "--json", "--to", "8CF02234");

    assertThat(run.status()).isZero();
    assertThat(run.out())
        .contains("\"backup\": \"" + SyntheticArchive.INCREMENTAL + "\"")
        .contains("\"from_lsn\": \"0/5000028\"")
        .contains("\"blocks\": 2,")
        .contains("\"removed\": 1,")
        .contains("\"resumed\": false,")
        .contains("\"dry_run\": true,");
    assertThat(target.resolve("base/5/16384")).hasBinaryContent(new byte[8192]);
    assertThat(target.resolve("backup_manifest")).exists();
  }

  @Test
  void saysThatThereIsNothingToApply() {
    CliRun run = apply("--to", SyntheticArchive.FULL);

    assertThat(run.status()).isZero();
    assertThat(run.out())
        .startsWith("Nothing to apply:         " + SyntheticArchive.FULL + "\n")
        .contains("Redo LSN:                 0/5000028\n");
  }

  @Test
  void refusesWhatIsNoStandby() throws IOException {
    Files.delete(target.resolve("backup_label"));

    CliRun run = apply();

    assertThat(run.status()).isEqualTo(ExitStatus.PRECONDITION);
    assertThat(run.err())
        .contains("is neither a standby that was shut down nor a restore never started")
        .contains("its pg_control says \"in production\", expected \"shut down in recovery\"");
  }

  @Test
  void refusesOptionsThatGoWithoutEachOther() {
    CliRun run = apply("--primary-conninfo", "host=primary");

    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains("error: --primary-conninfo needs --replace-config\n");
    assertThat(apply("--restore-command", "cp /x/%f %p").status()).isEqualTo(ExitStatus.USAGE);
  }
}
