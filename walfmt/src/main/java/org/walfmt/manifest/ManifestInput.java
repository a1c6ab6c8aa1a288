package org.walfmt.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.CorruptWalException;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalFormatException;

/**
 * Passes a manifest on and computes its checksum, which covers all lines but the last.
 *
 * <p>Which line is the last is known only at the end, so the current one is held back from the
 * digest; its length is limited.
 */
final class ManifestInput extends InputStream {
  private static final int MAX_LINE = 1 << 16;
  private static final Pattern LAST_LINE =
      Pattern.compile("\"Manifest-Checksum\": \"([0-9a-f]{64})\"\\}\n");

  private final InputStream in;
  private final MessageDigest digest = FileDigest.digest("SHA-256");
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private boolean lineEnded;

  ManifestInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = in.read(bytes, offset, length);
    if (count > 0) {
      take(bytes, offset, offset + count);
    }
    return count;
  }

  private void take(byte[] bytes, int start, int end) throws CorruptWalException {
    if (lineEnded) {
      digestLine(); // something follows, so it was not the last
    }
    lineEnded = bytes[end - 1] == '\n';
    int lineStart = lineEnded ? end - 1 : end;
    while (lineStart > start && bytes[lineStart - 1] != '\n') {
      lineStart--;
    }
    if (lineStart > start) {
      digestLine();
      digest.update(bytes, start, lineStart - start);
    }
    line.write(bytes, lineStart, end - lineStart);
    if (line.size() > MAX_LINE) {
      throw new CorruptWalException(
          "backup_manifest has a line of more than " + MAX_LINE + " bytes");
    }
  }

  private void digestLine() {
    digest.update(line.toByteArray());
    line.reset();
  }

  /**
   * Checks, when all is read, that the last line holds the checksum of the others.
   *
   * @return SHA-256 of all that was read, in hex
   */
  String verify() throws WalFormatException {
    if (!lineEnded) {
      throw new TruncatedWalException("backup_manifest does not end with a newline");
    }
    Matcher matcher = LAST_LINE.matcher(line.toString(UTF_8));
    if (!matcher.matches()) {
      throw new CorruptWalException("backup_manifest does not end with its checksum");
    }
    String found = matcher.group(1);
    String expected = hex(copy(digest).digest());
    if (!found.equals(expected)) {
      throw new CorruptWalException(
          "backup_manifest has checksum " + found + ", expected " + expected);
    }
    digestLine();
    return hex(digest.digest());
  }

  private static MessageDigest copy(MessageDigest digest) {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("SHA-256 of this Java cannot be cloned", e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
