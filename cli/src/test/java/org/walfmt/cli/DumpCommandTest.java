package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DumpCommandTest {
  @TempDir Path directory;
  SyntheticArchive archive;

  @BeforeEach
  void open() throws IOException {
    archive = new SyntheticArchive(directory);
    archive.full();
  }

  private CliRun dump(Object... options) {
    Object[] all = new Object[options.length + 2];
    all[0] = "dump";
    all[1] = archive.file(SyntheticArchive.FULL);
    System.arraycopy(options, 0, all, 2, options.length);
    return CliRun.of(all);
  }

  @Test
  void showsBlockRecordsAsPgWaldumpDoes() {
    CliRun run = dump("-r", "xlog");
    assertThat(run.out())
        .isEqualTo(
            """
            rmgr: XLOG        len (rec/tot):     49/  8241, tx:          0, lsn: 0/05000258, prev 0/05000028, desc: FPI , blkref #0: rel 1663/5/16384 blk 0 FPW
            rmgr: XLOG        len (rec/tot):     49/   149, tx:          0, lsn: 0/050022A8, prev 0/05000258, desc: FPI , blkref #0: rel 1663/5/16384 blk 1 FPW
            rmgr: XLOG        len (rec/tot):     24/    24, tx:          0, lsn: 0/05004BB0, prev 0/05004A58, desc: SWITCH\s
            """);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
  }

  @Test
  void showsWhatNotesSay() {
    assertThat(dump("-n", 1).out())
        .startsWith(
            "rmgr: LogicalMessage len (rec/tot):    557/   557, tx:          0, lsn: 0/05000028,"
                + " prev 0/00000000, desc: MESSAGE non-transactional, prefix \"walfmt.begin\";"
                + " payload (491 bytes): {\"format\":1,\"kind\":\"full\",");
  }

  @Test
  void showsHolesWithDetails() {
    assertThat(dump("-b", "-R", "1663/5/16384", "-B", 1).out())
        .isEqualTo(
            """
            rmgr: XLOG        len (rec/tot):     49/   149, tx:          0, lsn: 0/050022A8, prev 0/05000258, desc: FPI\s
            \tblkref #0: rel 1663/5/16384 fork main blk 1 (FPW); hole: offset: 100, length: 8092
            """);
  }

  @Test
  void printsJsonLines() {
    assertThat(dump("--json", "-R", "1663/5/16384", "-B", 1).out())
        .isEqualTo(
            "{\"lsn\":\"0/50022A8\",\"prev\":\"0/5000258\",\"end_lsn\":\"0/5002340\",\"xid\":0,"
                + "\"rmgr\":\"XLOG\",\"operation\":\"FPI\",\"info\":176,\"record_length\":49,"
                + "\"total_length\":149,\"main_data_length\":0,\"blocks\":[{\"id\":0,"
                + "\"tablespace\":1663,\"database\":5,\"relation\":16384,\"fork\":\"main\","
                + "\"block\":1,\"data_length\":0,\"image\":{\"length\":100,\"hole_offset\":100,"
                + "\"hole_length\":8092,\"compression\":\"none\",\"apply\":true}}]}\n");
  }

  @ParameterizedTest
  @CsvSource({
    "-n 5, 5",
    "-w, 2",
    "-r LogicalMessage, 11",
    "-R 1663/5/16384, 2",
    "-R 1663/5/16384 -B 0, 1",
    "-R 1663/5/16384 -B 2, 0",
    "-F main, 2",
    "-F vm, 0",
    "-x 7, 0",
    "-s 0/5000259, 12",
    "-s 0/5000258 -e 0/50022A8, 1",
    "-s 0/5000258 -e 0/50022A0, 0",
    "-q, 0",
  })
  void choosesRecords(String options, int lines) {
    CliRun run = dump((Object[]) options.split(" ", -1));
    assertThat(run.status()).isZero();
    assertThat(run.out().lines()).hasSize(lines);
  }

  @Test
  void countsByManager() {
    CliRun run = dump("--stats");
    assertThat(run.out())
        .startsWith("WAL statistics between 0/5000028 and 0/5100000:\n")
        .contains(
            "XLOG                                           3 ( 21.43)",
            "LogicalMessage                                11 ( 78.57)",
            "Total                                         14 ");
  }

  @Test
  void countsByOperation() {
    assertThat(dump("--stats=record").out()).contains("\nXLOG/SWITCH ", "\nXLOG/FPI ");
  }

  @Test
  void takesABackupByName() {
    assertThat(CliRun.of("dump", "-A", directory, "--backup", "latest").out())
        .isEqualTo(dump().out());
  }

  @Test
  void findsASegmentByPosition() {
    assertThat(CliRun.of("dump", "-p", directory, "-t", "0x8CF01234", "-s", "0/5000000").out())
        .isEqualTo(dump().out());
  }

  @Test
  void reportsTheEndOfTheWalAndSucceeds() throws IOException {
    Path segment = archive.file(SyntheticArchive.FULL);
    byte[] bytes = Files.readAllBytes(segment);
    Arrays.fill(bytes, 0x22A8, bytes.length, (byte) 0);
    Files.write(segment, bytes);
    CliRun run = dump();
    assertThat(run.out().lines()).hasSize(2);
    assertThat(run.err())
        .isEqualTo("walfmt: end of WAL at 0/50022A8: zeros where the next record would be\n");
    assertThat(run.status()).isZero();
  }

  @Test
  void reportsDamage() throws IOException {
    archive.flip(archive.file(SyntheticArchive.FULL), 0x2300);
    CliRun run = dump("-q");
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("walfmt: error: record has CRC ")
        .endsWith(" in WAL segment 8CF012340000000000000050, LSN 0/50022A8, offset 8872\n");
    assertThat(run.status()).isEqualTo(ExitStatus.DAMAGED);
  }

  @Test
  void reportsAFileThatIsCut() throws IOException {
    Path segment = archive.file(SyntheticArchive.FULL);
    Files.write(segment, Arrays.copyOf(Files.readAllBytes(segment), 9000));
    CliRun run = dump("-q");
    assertThat(run.err())
        .startsWith("walfmt: error: file has 9000 bytes of 1048576 in WAL segment");
    assertThat(run.status()).isEqualTo(ExitStatus.INCOMPLETE);
  }

  @Test
  void reportsASegmentThatIsMissing() {
    CliRun run = dump("8CF012340000000000000051", "-q");
    assertThat(run.err())
        .isEqualTo("walfmt: error: WAL segment \"8CF012340000000000000051\" is missing\n");
    assertThat(run.status()).isEqualTo(ExitStatus.INCOMPLETE);
  }

  @ParameterizedTest
  @CsvSource({"D071, 5, is WAL of another version of PostgreSQL", "1234, 3, is no WAL"})
  void refusesOtherFiles(String magic, int status, String message) throws IOException {
    Path segment = archive.file(SyntheticArchive.FULL);
    byte[] bytes = Files.readAllBytes(segment);
    int number = Integer.parseInt(magic, 16);
    bytes[0] = (byte) number;
    bytes[1] = (byte) (number >> 8);
    Files.write(segment, bytes);
    CliRun run = dump();
    assertThat(run.err()).contains(message);
    assertThat(run.status()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "-B 1, option --block needs option --relation",
    "-R 1/2, \"1/2\" is no relation",
    "-R 1663/5/0, is no relation",
    "-r Heap3, \"Heap3\" is no resource manager; there are XLOG",
    "-F fork, \"fork\" is no fork",
    "-s 5, \"5\" is no LSN",
    "-x -1, \"-1\" is no number from 0 to 4294967295",
    "-n 0, it must be positive",
    "--stats=all, 'all'",
    "-s 0/6000000, start LSN 0/6000000 is not in the segments",
    "-e 0/6000000, end LSN 0/6000000 is not in the segments",
    "--backup latest, options --archive and --backup go together",
    "--stats --json, exclude each other",
  })
  void refusesWrongUsage(String options, String message) {
    CliRun run = dump((Object[]) options.split(" ", -1));
    assertThat(run.err())
        .startsWith("walfmt: error: ")
        .contains(message)
        .endsWith("walfmt: hint: Try \"walfmt dump --help\" for more information.\n");
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.speaksJava()).isFalse();
  }
}
