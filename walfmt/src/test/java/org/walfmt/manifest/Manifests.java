package org.walfmt.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;

/** Manifests for tests; the checksums of the fixed ones were computed with sha256sum. */
final class Manifests {
  static final String VERSION_1 =
      """
      { "PostgreSQL-Backup-Manifest-Version": 1,
      "Files": [
      { "Path": "backup_label", "Size": 225, "Last-Modified": "2026-11-24 07:24:09 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "5c0e916d" },
      { "Path": "pg_tblspc/16384/PG_15_202209061/5/16386", "Size": 40960, "Last-Modified": "2026-11-24 21:51:28 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "af219094" },
      { "Path": "odd \\"\\\\\\n\\u0001\\u001f\u00fc\ud83d\udc18", "Size": 0, "Last-Modified": "1970-01-01 00:00:00 GMT" }
      ],
      "WAL-Ranges": [
      { "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000120" }
      ],
      "Manifest-Checksum": "7946470abdecc920259acca7da71df56e03d98150a1ddb5bf68188dda2fc753e"}
      """;

  static final String VERSION_1_SHA256 =
      "98c5f7f72daea73545ed9728653fef490e01cee113e3cd935e4a839aad98d500";

  static final String VERSION_2 =
      """
      { "PostgreSQL-Backup-Manifest-Version": 2,
      "System-Identifier": 18446744073709551615,
      "Files": [
      { "Path": "PG_VERSION", "Size": 3, "Last-Modified": "2026-11-24 07:24:09 GMT", "Checksum-Algorithm": "SHA224", "Checksum": "52818118882c6b31af434abeaaef359c2d67bc047147b6ce078080fc" }
      ],
      "WAL-Ranges": [
      { "Timeline": 3, "Start-LSN": "1/5000000", "End-LSN": "1/5000120" },
      { "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "1/5000000" }
      ],
      "Manifest-Checksum": "64c7a6964fe8940839a53e2e253a268d39950997273efb9fd4a7f7fd7a681577"}
      """;

  private Manifests() {}

  /** Gives a changed manifest the checksum of all its lines but the last. */
  static String seal(String manifest) {
    int lastLine = manifest.lastIndexOf('\n', manifest.length() - 2) + 1;
    String covered = manifest.substring(0, lastLine);
    byte[] digest = FileDigest.digest("SHA-256").digest(covered.getBytes(UTF_8));
    return covered + "\"Manifest-Checksum\": \"" + HexFormat.of().formatHex(digest) + "\"}\n";
  }
}
