package org.walfmt.control;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;

class FilenodeMapTest {
  private static final String PATH = "global/pg_filenode.map";

  @Test
  void takesWhatInitdbWrote() {
    assertThatCode(() -> check(Fixtures.filenodeMap(PgVersion.V15), PgVersion.V13))
        .doesNotThrowAnyException();
    assertThatCode(() -> check(Fixtures.filenodeMap(PgVersion.V15), PgVersion.V15))
        .doesNotThrowAnyException();
    assertThatCode(() -> check(Fixtures.filenodeMap(PgVersion.V16), PgVersion.V16))
        .doesNotThrowAnyException();
    assertThatCode(() -> check(Fixtures.filenodeMap(PgVersion.V16), PgVersion.V18))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({"V15, 508", "V16, 524"})
  void noticesEveryFlippedBit(PgVersion version, int end) {
    for (int bit = 0; bit < end * 8; bit++) {
      ByteBuffer file = Fixtures.filenodeMap(version);
      file.put(bit / 8, (byte) (file.get(bit / 8) ^ 1 << bit % 8));
      assertThatThrownBy(() -> check(file, version))
          .as("bit %d", bit)
          .isInstanceOf(CorruptWalException.class);
    }
  }

  @Test
  void refusesAnotherMagicAndTooManyMappings() {
    ByteBuffer file = Fixtures.filenodeMap(PgVersion.V15);
    assertThatThrownBy(() -> check(Fixtures.seal(file.putInt(4, 63), 504), PgVersion.V15))
        .hasMessage("global/pg_filenode.map has 63 mappings, expected at most 62");
    assertThatThrownBy(() -> check(Fixtures.seal(file.putInt(0, 1), 504), PgVersion.V15))
        .hasMessage("global/pg_filenode.map has magic 00000001, expected 00592717");
  }

  @Test
  void refusesTheLengthOfAnotherMajor() {
    assertThatThrownBy(() -> check(Fixtures.filenodeMap(PgVersion.V15), PgVersion.V16))
        .isInstanceOf(TruncatedWalException.class)
        .hasMessage("global/pg_filenode.map has 512 bytes instead of 524");
    assertThatThrownBy(() -> check(Fixtures.filenodeMap(PgVersion.V16), PgVersion.V15))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("global/pg_filenode.map has 524 bytes instead of 512");
  }

  private static void check(ByteBuffer file, PgVersion version) throws Exception {
    FilenodeMap.check(file, version, PATH);
  }
}
