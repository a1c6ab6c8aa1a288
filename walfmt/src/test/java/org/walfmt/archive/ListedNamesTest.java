package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ListedNamesTest {
  private static final String DIGEST = "-0123456789abcdef0123456789abcdef01234567";

  @Test
  void takesNamesAsStoresKeepThem() {
    assertThat(
            ListedNames.of(
                List.of(
                    "8B1F0A2C0000000000000005",
                    "15-1/8B1F0A2C00000000/8B1F0A2C0000000000000006" + DIGEST + ".gz",
                    "8B1F0A2C0000000000000007" + DIGEST,
                    "wal_005/000000010000000000000001.lz4",
                    " /a/8B1F0A2C0000000000000005.00000028.backup",
                    "00000002.history.zst")))
        .containsExactly(
            "8B1F0A2C0000000000000005",
            "8B1F0A2C0000000000000006",
            "8B1F0A2C0000000000000007",
            "000000010000000000000001",
            "8B1F0A2C0000000000000005.00000028.backup",
            "00000002.history");
  }

  @Test
  void passesOverWhatIsNoArchiveFile() {
    assertThat(
            ListedNames.of(
                List.of(
                    "",
                    "archive.info",
                    "8B1F0A2C0000000000000005.partial",
                    "8B1F0A2C0000000000000005.tmp",
                    "8B1F0A2C000000000000000",
                    "x8B1F0A2C0000000000000005",
                    "8b1f0a2c0000000000000005")))
        .isEmpty();
  }

  @Test
  void aNameListedTwiceCountsOnce() {
    assertThat(ListedNames.of(List.of("a/00000002.history", "b/00000002.history"))).hasSize(1);
  }
}
