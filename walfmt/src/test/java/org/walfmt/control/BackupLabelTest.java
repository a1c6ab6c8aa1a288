package org.walfmt.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalFormatException;

class BackupLabelTest {
  /** Made by pg_basebackup of 15. */
  private static final String LABEL =
      """
      START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
      CHECKPOINT LOCATION: 0/2000060
      BACKUP METHOD: streamed
      BACKUP FROM: primary
      START TIME: 2026-11-24 21:51:28 UTC
      LABEL: pg_basebackup base backup
      START TIMELINE: 1
      """;

  private static final String INCREMENTAL =
      LABEL
          + """
          INCREMENTAL FROM LSN: 0/1000028
          INCREMENTAL FROM TLI: 1
          """;

  @Test
  void readsWhatTheServerWrote() throws Exception {
    assertThat(BackupLabel.parse(LABEL))
        .isEqualTo(
            new BackupLabel(
                Lsn.parse("0/2000028"),
                "000000010000000000000002",
                Lsn.parse("0/2000060"),
                "streamed",
                "primary",
                "2026-11-24 21:51:28 UTC",
                "pg_basebackup base backup",
                new TimelineId(1),
                Optional.empty()));
  }

  @Test
  void writesWhatItRead() throws Exception {
    assertThat(BackupLabel.parse(LABEL)).hasToString(LABEL);
    assertThat(BackupLabel.parse(INCREMENTAL)).hasToString(INCREMENTAL);
    String odd =
        LABEL.replace("pg_basebackup base backup", "").replace("FROM: primary", "FROM: master");
    assertThat(BackupLabel.parse(odd)).hasToString(odd);
    String lineSeparator = LABEL.replace("base backup", " \u2028\r: ü ");
    assertThat(BackupLabel.parse(lineSeparator)).hasToString(lineSeparator);
  }

  @Test
  void tellsANativeIncrementalBackup() throws Exception {
    assertThat(BackupLabel.parse(INCREMENTAL).incrementalFrom())
        .contains(new BackupLabel.IncrementalFrom(Lsn.parse("0/1000028"), new TimelineId(1)));
  }

  @Test
  void tellsAStandby() throws Exception {
    assertThat(BackupLabel.parse(LABEL).isFromStandby()).isFalse();
    assertThat(BackupLabel.parse(LABEL.replace("primary", "standby")).isFromStandby()).isTrue();
  }

  @Test
  void refusesEveryTruncation() {
    for (int length = 0; length < LABEL.length(); length++) {
      String cut = LABEL.substring(0, length);
      assertThatThrownBy(() -> BackupLabel.parse(cut))
          .as("length %d", length)
          .isInstanceOf(TruncatedWalException.class);
    }
    String half = INCREMENTAL.substring(0, INCREMENTAL.indexOf("INCREMENTAL FROM TLI"));
    assertThatThrownBy(() -> BackupLabel.parse(half))
        .isInstanceOf(TruncatedWalException.class)
        .hasMessage("backup_label ends before \"INCREMENTAL FROM TLI:\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0/2000028, 0/02000028",
    "0/2000028, 0/200002a",
    "0/2000060, 123456789/0",
    "000000010000000000000002, 00000001000000000000000g",
    "000000010000000000000002, 000000020000000000000002",
    "streamed, exclusive",
    "primary, replica",
    "START TIMELINE: 1, START TIMELINE: 2",
    "START TIMELINE: 1, START TIMELINE: 01",
    "START TIMELINE: 1, START TIMELINE: 0",
    "START TIMELINE: 1, START TIMELINE: 4294967297",
    "CHECKPOINT LOCATION, checkpoint location",
    "LABEL:, LABELS:",
    "START TIME:, STOP TIME:",
  })
  void refusesLinesThatTheServerDoesNotWrite(String right, String wrong) {
    assertThatThrownBy(() -> BackupLabel.parse(LABEL.replace(right, wrong)))
        .isInstanceOf(CorruptWalException.class);
  }

  @Test
  void saysWhichLineIsWrong() {
    assertThatThrownBy(() -> BackupLabel.parse(LABEL.replace("primary", "replica")))
        .hasMessage("backup_label line 4 is \"BACKUP FROM: replica\", expected \"BACKUP FROM:\"");
    assertThatThrownBy(() -> BackupLabel.parse(LABEL.replace("TIMELINE: 1", "TIMELINE: 2")))
        .hasMessage("backup_label has start timeline 2 but start file 000000010000000000000002");
  }

  @Test
  void refusesALabelOfTwoLinesAndWhatFollowsTheLast() {
    assertThatThrownBy(() -> BackupLabel.parse(LABEL.replace("base backup", "base\nbackup")))
        .isInstanceOf(CorruptWalException.class);
    assertThatThrownBy(() -> BackupLabel.parse(INCREMENTAL + "\n"))
        .isInstanceOf(WalFormatException.class)
        .hasMessage("backup_label goes on after line 9");
  }
}
