package org.walfmt.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;

class BackupManifestReaderTest {
  private final List<ManifestFile> files = new ArrayList<>();

  @Test
  void readsAManifestOfVersion1() throws Exception {
    assertThat(read(Manifests.VERSION_1))
        .isEqualTo(
            new ManifestSummary(
                1,
                OptionalLong.empty(),
                List.of(
                    new WalRange(
                        new TimelineId(1), Lsn.parse("0/2000028"), Lsn.parse("0/2000120"))),
                3,
                Manifests.VERSION_1_SHA256));
    assertThat(files)
        .containsExactly(
            new ManifestFile(
                "backup_label",
                225,
                Optional.of(new FileChecksum(ChecksumAlgorithm.CRC32C, "5c0e916d"))),
            new ManifestFile(
                "pg_tblspc/16384/PG_15_202209061/5/16386",
                40960,
                Optional.of(new FileChecksum(ChecksumAlgorithm.CRC32C, "af219094"))),
            new ManifestFile("odd \"\\\n\u0001\u001fü🐘", 0, Optional.empty()));
  }

  @Test
  void readsAManifestOfVersion2() throws Exception {
    ManifestSummary summary = read(Manifests.VERSION_2);
    assertThat(summary.version()).isEqualTo(2);
    assertThat(summary.systemIdentifier()).hasValue(-1);
    assertThat(summary.walRanges())
        .containsExactly(
            new WalRange(new TimelineId(3), Lsn.parse("1/5000000"), Lsn.parse("1/5000120")),
            new WalRange(new TimelineId(1), Lsn.parse("0/2000028"), Lsn.parse("1/5000000")));
    assertThat(files)
        .containsExactly(
            new ManifestFile(
                "PG_VERSION",
                3,
                Optional.of(
                    new FileChecksum(
                        ChecksumAlgorithm.SHA224,
                        "52818118882c6b31af434abeaaef359c2d67bc047147b6ce078080fc"))));
  }

  @Test
  void answersTheSameIfFedOneByteAtATime() throws Exception {
    byte[] bytes = Manifests.VERSION_1.getBytes(UTF_8);
    ManifestSummary summary = BackupManifestReader.read(oneByteAtATime(bytes), files::add);
    assertThat(summary.sha256()).isEqualTo(Manifests.VERSION_1_SHA256);
    assertThat(files).hasSize(3);
  }

  @Test
  void readsEncodedPaths() throws Exception {
    read(Manifests.seal(with("\"Path\": \"backup_label\"", "\"Encoded-Path\": \"612fc3bc\"")));
    assertThat(files.get(0).path()).isEqualTo("a/ü");
  }

  @Test
  void noticesEveryChangedByte() {
    byte[] right = Manifests.VERSION_1.getBytes(ISO_8859_1);
    for (int at = 0; at < right.length; at++) {
      byte[] wrong = right.clone();
      wrong[at] ^= 1;
      assertThatThrownBy(() -> BackupManifestReader.read(new ByteArrayInputStream(wrong), f -> {}))
          .as("byte %d", at)
          .isInstanceOf(WalFormatException.class);
    }
  }

  @Test
  void refusesEveryTruncation() {
    byte[] right = Manifests.VERSION_1.getBytes(UTF_8);
    for (int length = 0; length < right.length; length++) {
      ByteArrayInputStream cut = new ByteArrayInputStream(right, 0, length);
      assertThatThrownBy(() -> BackupManifestReader.read(cut, f -> {}))
          .as("length %d", length)
          .isInstanceOfAny(TruncatedWalException.class, CorruptWalException.class);
    }
  }

  @Test
  void saysWhichChecksumIsWrong() {
    assertThatThrownBy(() -> read(with("225", "226")))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage(
            "backup_manifest has checksum"
                + " 7946470abdecc920259acca7da71df56e03d98150a1ddb5bf68188dda2fc753e, expected"
                + " 207954cbae35415c9a02a05df221b4a7f32648754fa8394c7f5064cd201c6faa");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/etc/passwd",
        "..",
        "../x",
        "a/..",
        "a/../b",
        "a//b",
        "a/",
        ".",
        "./a",
        "a/./b",
        "a\\u0000b",
      })
  void refusesPathsThatLeadElsewhere(String path) {
    assertThatThrownBy(() -> read(Manifests.seal(with("backup_label", path))))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("backup_manifest line 3 has unsafe path");
    assertThat(files).isEmpty();
  }

  @Test
  void refusesPathsThatLeadElsewhereInHexToo() {
    String encoded = with("\"Path\": \"backup_label\"", "\"Encoded-Path\": \"2e2e2f61\"");
    assertThatThrownBy(() -> read(Manifests.seal(encoded)))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("backup_manifest line 3 has unsafe path \"../a\"");
  }

  @Test
  void refusesNativeIncrementalBackups() {
    assertThatThrownBy(() -> read(Manifests.seal(with("backup_label", "base/5/INCREMENTAL.1259"))))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessage(
            "backup_manifest is of a native incremental backup, it lists"
                + " \"base/5/INCREMENTAL.1259\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Manifest-Version\": 1| Manifest-Version\": 3| backup_manifest has version 3, supported are"
            + " 1 and 2",
        "\"Files\"| \"Folders\"| backup_manifest line 2 has unknown field \"Folders\"",
        "\"Size\"| \"Length\"| backup_manifest line 3 has unknown field \"Length\"",
        "CRC32C| MD5| backup_manifest has checksum algorithm \"MD5\"",
        "\"Path\": \"backup_label\"| \"Encoded-Path\": \"ff\"| backup_manifest has a path that is"
            + " not UTF-8, in hex ff",
      })
  void doesNotGuessWhatItDoesNotKnow(String right, String other, String message) {
    assertThatThrownBy(() -> read(Manifests.seal(with(right, other))))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"PostgreSQL-Backup-Manifest-Version\": 1| \"System-Identifier\": 1",
        "Version\": 1| Version\": \"1\"",
        "Version\": 1,| Version\": 1, \"System-Identifier\": 5,",
        "Version\": 1,| Version\": 2,",
        "225| -225",
        "225| 2.5",
        "225| \"225\"",
        "225| null",
        "225| [225]",
        "225| 9223372036854775808",
        "225| 111111111111111111111111",
        "\"Size\": 225, | ''",
        "\"Path\": \"backup_label\", | ''",
        "\"Path\": \"backup_label\"| \"Path\": \"a\", \"Path\": \"b\"",
        "\"Path\": \"backup_label\"| \"Path\": \"a\", \"Encoded-Path\": \"61\"",
        "\"Path\": \"backup_label\"| \"Encoded-Path\": \"6\"",
        "\"Path\": \"backup_label\"| \"Encoded-Path\": \"6G\"",
        "5c0e916d| 5C0E916D",
        "5c0e916d| 5c0e91",
        "\"Checksum-Algorithm\": \"CRC32C\", | ''",
        "\"Checksum-Algorithm\": \"CRC32C\", \"Checksum\"| \"Checksum-Algorithm\"",
        "\"Timeline\": 1| \"Timeline\": 0",
        "\"Timeline\": 1| \"Timeline\": 4294967296",
        "\"Timeline\": 1| \"Timeline\": \"1\"",
        "0/2000028| 0/2000121",
        "0/2000028| 0/0",
        "0/2000028| x",
        "\"Files\": [| \"Files\": [1,",
        "\"Files\": [| \"Files\": {",
        "{ \"Timeline\": 1, \"Start-LSN\": \"0/2000028\", \"End-LSN\": \"0/2000120\" }| ''",
      })
  void refusesWhatTheServerDoesNotWrite(String right, String wrong) {
    String manifest = Manifests.seal(with(right, wrong));
    assertThatThrownBy(() -> read(manifest)).isInstanceOf(CorruptWalException.class);
  }

  @Test
  void refusesWhatFollowsTheEnd() {
    assertThatThrownBy(() -> read(Manifests.VERSION_1 + "\n"))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("backup_manifest does not end with its checksum");
    assertThatThrownBy(() -> read(Manifests.VERSION_1 + "{}\n"))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("backup_manifest line 11 goes on after its end");
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    byte[] bytes = Manifests.VERSION_1.getBytes(UTF_8);
    bytes[70] = (byte) 0xFF;
    assertThatThrownBy(() -> BackupManifestReader.read(new ByteArrayInputStream(bytes), f -> {}))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("backup_manifest is not UTF-8");
  }

  @Test
  void limitsTheLengthOfLinesAndStrings() {
    assertThatThrownBy(() -> read(with("backup_label", "x".repeat(1 << 16))))
        .isInstanceOf(CorruptWalException.class);
    assertThatThrownBy(() -> read(with("\"Size\"", " ".repeat(1 << 17) + "\"Size\"")))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("backup_manifest has a line of more than 65536 bytes");
    assertThatThrownBy(() -> read(with("backup_label", "x".repeat(17_000))))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("backup_manifest line 3 is not the JSON text expected");
  }

  @Test
  void doesNotKeepTheFiles() throws Exception {
    int start = Manifests.VERSION_1.indexOf("{ \"Path\"");
    byte[] head = Manifests.VERSION_1.substring(0, start).getBytes(UTF_8);
    byte[] tail = Manifests.VERSION_1.substring(start).getBytes(UTF_8);
    List<InputStream> parts = new ArrayList<>(List.of(new ByteArrayInputStream(head)));
    for (int i = 0; i < 20_000; i++) {
      parts.add(
          new ByteArrayInputStream(
              ("{ \"Path\": \"base/5/" + i + "\", \"Size\": 8192 },\n").getBytes(UTF_8)));
    }
    parts.add(new ByteArrayInputStream(tail));
    long[] count = {0};
    InputStream in = new SequenceInputStream(Collections.enumeration(parts));
    assertThatThrownBy(() -> BackupManifestReader.read(in, file -> count[0]++))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("backup_manifest has checksum 7946470a");
    assertThat(count[0]).isEqualTo(20_003);
  }

  @Test
  void passesOnFailuresOfTheStreamAndOfTheConsumer() {
    InputStream failing =
        new FilterInputStream(new ByteArrayInputStream(new byte[0])) {
          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            throw new IOException("disk on fire");
          }
        };
    assertThatThrownBy(() -> BackupManifestReader.read(failing, f -> {}))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("disk on fire");
    InputStream sound = new ByteArrayInputStream(Manifests.VERSION_1.getBytes(UTF_8));
    assertThatThrownBy(
            () ->
                BackupManifestReader.read(
                    sound,
                    file -> {
                      throw new IOException("no room for " + file.path());
                    }))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("no room for backup_label");
  }

  private ManifestSummary read(String manifest) throws IOException {
    return BackupManifestReader.read(
        new ByteArrayInputStream(manifest.getBytes(UTF_8)), files::add);
  }

  /** The manifest of version 1 with the first of something replaced. */
  private static String with(String right, String wrong) {
    int at = Manifests.VERSION_1.indexOf(right);
    return Manifests.VERSION_1.substring(0, at)
        + wrong
        + Manifests.VERSION_1.substring(at + right.length());
  }

  private static InputStream oneByteAtATime(byte[] bytes) {
    return new FilterInputStream(new ByteArrayInputStream(bytes)) {
      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return super.read(target, offset, Math.min(length, 1));
      }
    };
  }
}
