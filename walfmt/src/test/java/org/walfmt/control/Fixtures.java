package org.walfmt.control;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.walfmt.PgVersion;

/** Files of real clusters; see README.md beside them. */
final class Fixtures {
  private Fixtures() {}

  static ByteBuffer controlFile(PgVersion version) {
    return ByteBuffer.allocate(8192)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(0, read("pg_control-" + version.major() + ".hex"));
  }

  static ByteBuffer filenodeMap(PgVersion version) {
    return ByteBuffer.wrap(read("pg_filenode.map-" + version.major() + ".hex"))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Puts the CRC of all bytes before it. */
  static ByteBuffer seal(ByteBuffer file, int crcAt) {
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, crcAt));
    return file.putInt(crcAt, (int) crc.getValue());
  }

  private static byte[] read(String name) {
    try (InputStream in = Objects.requireNonNull(Fixtures.class.getResourceAsStream(name), name)) {
      String text = new String(in.readAllBytes(), US_ASCII);
      return HexFormat.of().parseHex(text.replace(" ", "").replace("\n", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
