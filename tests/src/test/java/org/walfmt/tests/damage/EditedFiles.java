package org.walfmt.tests.damage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Changes files of an archive so that their checksums are right again. */
final class EditedFiles {
  private static final String CHECKSUM = "WALFMT CHECKSUM: ";

  /** Of the first record in a segment: after the long page header. */
  private static final int FIRST_RECORD = 40;

  private static final int XL_CRC = 20;
  private static final int BODY = 24;

  private EditedFiles() {}

  /** Gives a line of a commit another value. */
  static void setLine(Path commit, String name, String value) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : Files.readString(commit).split("\n", -1)) {
      if (line.startsWith(name + ": ")) {
        text.append(name).append(": ").append(value).append('\n');
      } else if (!line.startsWith(CHECKSUM) && !line.isEmpty()) {
        text.append(line).append('\n');
      }
    }
    String body = text.toString();
    Files.writeString(commit, body + CHECKSUM + sha256(body) + "\n");
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Replaces text in the first record of a segment by text of the same length. */
  static void replaceInFirstRecord(Path segment, String from, String to) throws IOException {
    byte[] bytes = Files.readAllBytes(segment);
    ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = page.getInt(FIRST_RECORD);
    String record = new String(bytes, FIRST_RECORD, length, ISO_8859_1);
    String edited = record.replace(from, to);
    if (edited.equals(record) || edited.length() != length) {
      throw new AssertionError("cannot replace " + from + " by " + to + " in " + record);
    }
    System.arraycopy(edited.getBytes(ISO_8859_1), 0, bytes, FIRST_RECORD, length);
    CRC32C crc = new CRC32C();
    crc.update(bytes, FIRST_RECORD + BODY, length - BODY);
    crc.update(bytes, FIRST_RECORD, XL_CRC);
    page.putInt(FIRST_RECORD + XL_CRC, (int) crc.getValue());
    Files.write(segment, bytes);
  }
}
