package org.walfmt.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.walfmt.PgVersion;

class ImageCompressionTest {
  @Test
  void hasLz4AndZstdFrom15On() {
    assertThat(ImageCompression.PGLZ.isAvailableIn(PgVersion.V13)).isTrue();
    assertThat(ImageCompression.NONE.isAvailableIn(PgVersion.V13)).isTrue();
    assertThat(ImageCompression.LZ4.isAvailableIn(PgVersion.V14)).isFalse();
    assertThat(ImageCompression.ZSTD.isAvailableIn(PgVersion.V14)).isFalse();
    assertThat(ImageCompression.LZ4.isAvailableIn(PgVersion.V15)).isTrue();
    assertThat(ImageCompression.ZSTD.isAvailableIn(PgVersion.V18)).isTrue();
  }

  @Test
  void parsesItsOwnNamesOnly() {
    assertThat(ImageCompression.parse("none")).contains(ImageCompression.NONE);
    assertThat(ImageCompression.parse("pglz")).contains(ImageCompression.PGLZ);
    assertThat(ImageCompression.parse("lz4")).contains(ImageCompression.LZ4);
    assertThat(ImageCompression.parse("zstd")).contains(ImageCompression.ZSTD);
    assertThat(ImageCompression.parse("ZSTD")).isEmpty();
    assertThat(ImageCompression.parse("")).isEmpty();
    assertThat(ImageCompression.ZSTD).hasToString("zstd");
  }
}
