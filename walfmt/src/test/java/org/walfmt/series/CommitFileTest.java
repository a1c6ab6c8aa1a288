package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.UnsupportedWalException;

/** Commit files line by line, and what a reader must refuse (rules COMMIT-1 to COMMIT-5). */
class CommitFileTest {
  private static final SegmentSize SIZE = new SegmentSize(1 << 20);
  private static final BackupId PARENT = new BackupId("8CF012340000000000000050");
  private static final BackupId ID = new BackupId("8CF099990000000000000050");
  private static final String NONCE = "00112233445566778899aabbccddeeff";
  private static final String DIGEST = "0123456789abcdef".repeat(4);

  private static final String BODY =
      """
      START WAL LOCATION: 0/7000028 (file 000000010000000000000070)
      STOP WAL LOCATION: 0/7100000 (file 000000010000000000000070)
      CHECKPOINT LOCATION: 0/7000060
      BACKUP METHOD: streamed
      BACKUP FROM: primary
      START TIME: 2026-11-24 07:27:44 UTC
      LABEL: nightly: é
      START TIMELINE: 1
      STOP TIME: 2026-11-24 07:28:00 UTC
      STOP TIMELINE: 1
      INCREMENTAL FROM LSN: 0/5000028
      INCREMENTAL FROM TLI: 1
      WALFMT VERSION: 1
      WALFMT POSTGRES: 16
      WALFMT SEGMENT SIZE: 1048576
      WALFMT SYSTEM IDENTIFIER: 17711635449941887756
      WALFMT LAST SEGMENT: 8CF099990000000000000051
      WALFMT INDEX LSN: 0/50F0000
      WALFMT END LSN: 0/5100028
      WALFMT PARENT: 8CF012340000000000000050
      WALFMT REPLACES: 8CF000010000000000000050
      WALFMT REPLACES: 8CF000020000000000000050
      WALFMT NONCE: 00112233445566778899aabbccddeeff
      WALFMT DIGEST: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      WALFMT VERDICT: damaged 3
      """;

  private static BeginNote begin(String label) {
    return new BeginNote(
        NONCE,
        PgVersion.V16,
        SIZE,
        Long.parseUnsignedLong("17711635449941887756"),
        Optional.of(new Parent.Series(PARENT, "ff".repeat(16))),
        Lsn.parse("0/5000028"),
        new TimelineId(1),
        Lsn.parse("0/7000028"),
        new TimelineId(1),
        Lsn.parse("0/7000060"),
        label,
        "16.2",
        true,
        false,
        false,
        "none",
        "scan",
        "test",
        Instant.parse("2026-11-24T07:27:44.5Z"));
  }

  private static CommitFile commit(String label) {
    EndNote end =
        new EndNote(
            NONCE,
            Lsn.parse("0/7100000"),
            new TimelineId(1),
            Instant.parse("2026-11-24T07:28:00Z"),
            1,
            2,
            3,
            4,
            5,
            3,
            DIGEST);
    return new CommitFile(
        ID,
        begin(label),
        end,
        new SegmentName(ID.timeline(), 0x51, SIZE),
        Lsn.parse("0/50F0000"),
        Lsn.parse("0/5100028"),
        List.of(
            new BackupId("8CF000010000000000000050"), new BackupId("8CF000020000000000000050")));
  }

  private static byte[] sealed(String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String sum = HexFormat.of().formatHex(SeriesWriter.sha256().digest(bytes));
    return (body + "WALFMT CHECKSUM: " + sum + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static CommitFile.Summary decode(String body) throws Exception {
    return CommitFile.decode(ID, sealed(body));
  }

  private static void rejects(String line, String instead) {
    assertThat(BODY).contains(line);
    assertThatThrownBy(() -> decode(BODY.replace(line, instead)))
        .as(instead)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("commit file \"8CF099990000000000000050.00000028.backup\"");
  }

  @Test
  void isWrittenLineByLine() {
    assertThat(new String(commit("nightly: é").encode(), StandardCharsets.UTF_8))
        .isEqualTo(new String(sealed(BODY), StandardCharsets.UTF_8));
  }

  @Test
  void tellsEverythingByItself() throws Exception {
    CommitFile.Summary summary = decode(BODY);
    assertThat(summary.label()).isEqualTo("nightly: é");
    assertThat(summary.parent()).contains(PARENT);
    assertThat(summary.manifest()).isEmpty();
    assertThat(summary.isFull()).isFalse();
    assertThat(summary.replaces()).hasSize(2);
    assertThat(summary.segments()).isEqualTo(2);
    assertThat(summary.damagedPages()).isEqualTo(3);
    assertThat(summary.checkpointLsn()).isEqualTo(Lsn.parse("0/7000060"));
    assertThat(summary.referenceTimeline()).isEqualTo(new TimelineId(1));
    assertThat(Long.toUnsignedString(summary.systemIdentifier())).isEqualTo("17711635449941887756");
  }

  @Test
  void noticesEveryFlippedBitAndEveryCut() {
    byte[] good = sealed(BODY);
    for (int bit = 0; bit < 8 * good.length; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      assertThatThrownBy(() -> CommitFile.decode(ID, bad)).isInstanceOf(CorruptWalException.class);
    }
    for (int length = 0; length < good.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(good, length);
      assertThatThrownBy(() -> CommitFile.decode(ID, cut)).isInstanceOf(CorruptWalException.class);
    }
    byte[] longer = java.util.Arrays.copyOf(good, good.length + 1);
    assertThatThrownBy(() -> CommitFile.decode(ID, longer)).isInstanceOf(CorruptWalException.class);
  }

  @Test
  void rejectsLinesThatAreMissingTwiceOrOutOfOrder() {
    rejects("WALFMT NONCE: " + NONCE + "\n", "");
    rejects("LABEL: nightly: é\n", "LABEL: nightly: é\nLABEL: nightly: é\n");
    rejects("START TIMELINE: 1\nSTOP TIME:", "STOP TIME:");
    rejects("WALFMT INDEX LSN: 0/50F0000\n", "\nWALFMT INDEX LSN: 0/50F0000\n");
    rejects("WALFMT VERSION: 1\n", "");
  }

  @Test
  void rejectsLinesThatContradictEachOther() {
    rejects("(file 000000010000000000000070)\nSTOP", "(file 000000010000000000000071)\nSTOP");
    rejects(
        "0/7100000 (file 000000010000000000000070)", "0/7100000 (file 000000010000000000000071)");
    rejects("BACKUP FROM: primary", "BACKUP FROM: master");
    rejects("BACKUP METHOD: streamed", "BACKUP METHOD: pg_start_backup");
    rejects("LAST SEGMENT: 8CF09999", "LAST SEGMENT: 8CF09998");
    rejects("LAST SEGMENT: 8CF099990000000000000051", "LAST SEGMENT: 8CF09999000000000000004F");
    rejects("LAST SEGMENT: 8CF099990000000000000051", "LAST SEGMENT: 8CF099990000000000001000");
    rejects("INCREMENTAL FROM LSN: 0/5000028", "INCREMENTAL FROM LSN: 0/5100028");
    rejects("INCREMENTAL FROM LSN: 0/5000028\nINCREMENTAL FROM TLI: 1\n", "");
    rejects("WALFMT PARENT: 8CF012340000000000000050", "WALFMT PARENT: none");
  }

  @Test
  void rejectsValuesThatAreNone() {
    rejects("VERDICT: damaged 3", "VERDICT: damaged 0");
    rejects("VERDICT: damaged 3", "VERDICT: fine");
    rejects("NONCE: 00", "NONCE: 0");
    rejects("DIGEST: 01", "DIGEST: 0G");
    rejects("PARENT: 8CF01234", "PARENT: 0CF01234");
    rejects("PARENT: 8CF012340000000000000050", "PARENT: manifest 00");
    rejects("POSTGRES: 16", "POSTGRES: 12");
    rejects("SEGMENT SIZE: 1048576", "SEGMENT SIZE: 1048577");
    rejects("INDEX LSN: 0/50F0000", "INDEX LSN: 50F0000");
    rejects("START TIME: 2026-11-24 07:27:44 UTC", "START TIME: 2026-11-24 07:27:44 CET");
  }

  @Test
  void rejectsAnotherFormatVersion() {
    assertThatThrownBy(() -> decode(BODY.replace("VERSION: 1", "VERSION: 2")))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessageContaining("has format version 2, this program reads 1");
  }

  @Test
  void passesOverLinesOfExtensionsOnly() throws Exception {
    assertThat(decode(BODY + "WALFMT X-NOTE: anything\nWALFMT X-\n")).isEqualTo(decode(BODY));
    assertThatThrownBy(() -> decode(BODY + "WALFMT NEW: 1\n"))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessageContaining("unknown line \"WALFMT NEW: 1\"");
  }

  @Test
  void rejectsALabelOfTwoLines() {
    assertThatThrownBy(() -> commit("a\nWALFMT PARENT: none").encode())
        .isInstanceOf(IllegalArgumentException.class);
  }
}
