package org.walfmt.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PglzTest {
  private final PglzEncoder encoder = new PglzEncoder();

  @Test
  void decodesRunsAndRepeats() throws Exception {
    assertThat(decode("02 61 0f 01 b5", 200)).isEqualTo("a".repeat(200).getBytes(US_ASCII));
    assertThat(decode("08 61 62 63 0f 03 06", 27)).isEqualTo("abc".repeat(9).getBytes(US_ASCII));
    assertThat(decode("20 31 31 32 33 34 0d 04", 21))
        .isEqualTo("112341234123412341234".getBytes(US_ASCII));
  }

  @Test
  void decodesAnImageInTheWalOfPostgres13() throws Exception {
    assertThat(
            decode(
                "02 00 08 01 48 00 f0 1f f0 1f 04 04 20 01 0c 62 31 05 00 04 53 09 1d"
                    + " 0f 01 03 f0 bf 0f 16 02 08 00 05",
                88))
        .isEqualTo(
            hex(
                "00 00 00 00 00 00 00 00 00 00 00 00 48 00 f0 1f f0 1f 04 20 00 00 00 00"
                    + " 62 31 05 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                    + " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 f0 bf 00 00 00 00 00 00 00 00"
                    + " 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00"));
  }

  @Test
  void decodesAnImageInTheWalOfPostgres15() throws Exception {
    assertThat(
            decode(
                "02 00 08 01 48 00 f0 1f f0 1f 04 04 20 01 0c 62 31 05 00 04 a3 09 1d"
                    + " 0f 01 03 f0 bf 01 0f 16 01 08 00 05",
                88))
        .isEqualTo(
            hex(
                "00 00 00 00 00 00 00 00 00 00 00 00 48 00 f0 1f f0 1f 04 20 00 00 00 00"
                    + " 62 31 05 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                    + " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 f0 bf 01 00 00 00 00 00 00 00"
                    + " 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00"));
  }

  @Test
  void clampsTheLastMatchAsTheServerDoes() throws Exception {
    assertThat(decode("02 61 0f 01 b5", 100)).isEqualTo("a".repeat(100).getBytes(US_ASCII));
  }

  @Test
  void refusesStreamsThatDoNotEndWithTheImage() {
    assertBad("02 61 0f 01 b5", 201, "pglz gives 200 bytes of 201 from 5 of 5");
    assertBad("02 61 0f 01 b5 00", 200, "pglz gives 200 bytes of 200 from 5 of 6");
    assertBad("00 61 62", 1, "pglz gives 1 bytes of 1 from 2 of 3");
    assertBad("00", 1, "pglz gives 0 bytes of 1 from 1 of 1");
    assertBad("", 1, "pglz gives 0 bytes of 1 from 0 of 0");
  }

  @Test
  void refusesMatchesThatReachNowhere() {
    assertBad("02 61 00 00", 200, "pglz match reaches back 0 bytes after 1 bytes");
    assertBad("02 61 00 02", 200, "pglz match reaches back 2 bytes after 1 bytes");
    assertBad("01 00 01", 200, "pglz match reaches back 1 bytes after 0 bytes");
    assertBad("02 61 f0 01", 200, "pglz match reaches back 3841 bytes after 1 bytes");
  }

  @Test
  void refusesMatchesThatAreCutOff() {
    assertBad("02 61 00", 200, "pglz match is cut off after 1 bytes");
    assertBad("02 61 0f 01", 200, "pglz match is cut off after 1 bytes");
    assertBad("02 61 0f", 200, "pglz match is cut off after 1 bytes");
  }

  @Test
  void encodesRunsAsTheServerDoes() {
    assertThat(encode("a".repeat(200).getBytes(US_ASCII))).isEqualTo(hex("02 61 0f 01 b5"));
    assertThat(encode("abc".repeat(9).getBytes(US_ASCII))).isEqualTo(hex("08 61 62 63 0f 03 06"));
    assertThat(encode("112341234123412341234".getBytes(US_ASCII)))
        .isEqualTo(hex("20 31 31 32 33 34 0d 04"));
  }

  @Test
  void beginsNoGroupWithoutItems() throws Exception {
    byte[] eight = hex("01 02 03 04 05 06 07 08");
    assertThat(encode(eight)).isEqualTo(hex("00 01 02 03 04 05 06 07 08"));
  }

  @Test
  void isShortOnZeroPages() {
    // 8192 = 1 + 30 x 273 + 1: a literal, 30 long matches, a literal; five control bytes
    assertThat(encode(new byte[8192])).hasSizeLessThanOrEqualTo(4 + 1 + 30 * 3 + 1);
  }

  @Test
  void givesUpOnNoise() {
    byte[] noise = new byte[8192];
    new Random(50).nextBytes(noise);
    assertThat(encoder.encode(noise, 8192, new byte[8191 + PglzEncoder.MAX_GROUP], 8191))
        .isEqualTo(-1);
  }

  @Test
  void encodesRightWhenItsPositionsStartOver() throws Exception {
    PglzEncoder late = new PglzEncoder(Integer.MAX_VALUE - 3 * 8192);
    byte[] text = "walfmt ".repeat(1170).getBytes(US_ASCII);
    byte[] out = new byte[9000];
    byte[] back = new byte[text.length];
    for (int i = 0; i < 6; i++) {
      int length = late.encode(text, text.length, out, 8192);
      PglzDecoder.decode(out, length, back, back.length);
      assertThat(back).isEqualTo(text);
      Arrays.fill(back, (byte) 0);
    }
  }

  private byte[] encode(byte[] bytes) {
    byte[] out = new byte[bytes.length + 100];
    return Arrays.copyOf(out, encoder.encode(bytes, bytes.length, out, bytes.length + 10));
  }

  private static void assertBad(String stream, int length, String message) {
    assertThatThrownBy(() -> decode(stream, length))
        .isInstanceOf(BadImageException.class)
        .hasMessage(message);
  }

  private static byte[] decode(String stream, int length) throws BadImageException {
    byte[] in = hex(stream);
    byte[] out = new byte[length];
    PglzDecoder.decode(in, in.length, out, length);
    return out;
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }
}
