package org.walfmt.manifest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TimelineId;

class BackupManifestWriterTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void writesVersion1Before17() throws Exception {
    BackupManifestWriter writer = new BackupManifestWriter(out, PgVersion.V16, 1);
    writer.add(
        "backup_label",
        225,
        Instant.parse("2026-11-24T07:24:09.999Z"),
        FileChecksum.ofCrc32c(0x6D910E5CL));
    writer.add(
        "pg_tblspc/16384/PG_15_202209061/5/16386",
        40960,
        Instant.parse("2026-11-24T21:51:28Z"),
        new FileChecksum(ChecksumAlgorithm.CRC32C, "af219094"));
    writer.add("odd \"\\\n\u0001\u001fü🐘", 0, Instant.EPOCH);
    writer.finish(
        List.of(new WalRange(new TimelineId(1), Lsn.parse("0/2000028"), Lsn.parse("0/2000120"))));
    assertThat(out.toString(UTF_8)).isEqualTo(Manifests.VERSION_1);
  }

  @Test
  void writesVersion2WithTheSystemIdentifierFrom17On() throws Exception {
    BackupManifestWriter writer = new BackupManifestWriter(out, PgVersion.V17, -1);
    writer.add(
        "PG_VERSION",
        3,
        Instant.parse("2026-11-24T07:24:09Z"),
        new FileChecksum(
            ChecksumAlgorithm.SHA224, "52818118882c6b31af434abeaaef359c2d67bc047147b6ce078080fc"));
    writer.finish(
        List.of(
            new WalRange(new TimelineId(3), Lsn.parse("1/5000000"), Lsn.parse("1/5000120")),
            new WalRange(new TimelineId(1), Lsn.parse("0/2000028"), Lsn.parse("1/5000000"))));
    assertThat(out.toString(UTF_8)).isEqualTo(Manifests.VERSION_2);
  }

  @Test
  void refusesAPathThatIsNoText() throws Exception {
    BackupManifestWriter writer = new BackupManifestWriter(out, PgVersion.V17, 1);
    assertThatThrownBy(() -> writer.add("\ud800", 0, Instant.EPOCH))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void computesChecksumsOfFilesOneAfterTheOther() {
    FileDigest crc = new FileDigest(ChecksumAlgorithm.CRC32C);
    crc.update(ByteBuffer.wrap("1234".getBytes(US_ASCII)));
    crc.update(ByteBuffer.wrap("56789".getBytes(US_ASCII)));
    assertThat(crc.finish().hex()).isEqualTo("839206e3"); // E3069283 in memory order
    assertThat(crc.finish().hex()).isEqualTo("00000000");
    FileDigest sha = new FileDigest(ChecksumAlgorithm.SHA224);
    sha.update(ByteBuffer.wrap("abc".getBytes(US_ASCII)));
    assertThat(sha.finish().hex())
        .isEqualTo("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
  }

  @Test
  void refusesChecksumsOfAnotherForm() {
    assertThatThrownBy(() -> new FileChecksum(ChecksumAlgorithm.CRC32C, "5C0E916D"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FileChecksum(ChecksumAlgorithm.SHA256, "5c0e916d"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no checksum of SHA256: \"5c0e916d\"");
  }
}
