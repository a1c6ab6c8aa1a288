package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.walfmt.SegmentSize;

class IndexKeysTest {
  private static final int SIZE = 1 << 20;

  private final IndexKeys keys = new IndexKeys(new SegmentSize(SIZE));

  private List<String> encode(int maxLength) {
    return keys.encode(maxLength).stream()
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void keepsTheFirstBlockAndFileOfEachSegment() {
    keys.addBlock(5 * SIZE + 1000, 1663, 5, 16384, 0, 0);
    keys.addBlock(5 * SIZE + 2000, 1663, 5, 16384, 0, 1);
    keys.addBlock(6 * SIZE + 40, 1663, 5, -1, 2, -2);
    keys.addFile(6 * SIZE + 9000, "a");
    keys.addFile(6 * SIZE + 9100, "b");
    keys.addFile(8 * SIZE + 48, "c\"");
    assertThat(encode(1000))
        .containsExactly(
            "{\"keys\":["
                + "{\"tablespace\":1663,\"database\":5,\"relation\":16384,\"fork\":0,\"block\":0,"
                + "\"lsn\":\"0/5003E8\"},"
                + "{\"tablespace\":1663,\"database\":5,\"relation\":4294967295,\"fork\":2,"
                + "\"block\":4294967294,\"lsn\":\"0/600028\"},"
                + "{\"path\":\"a\",\"lsn\":\"0/602328\"},"
                + "{\"path\":\"c\\\"\",\"lsn\":\"0/800030\"}]}");
  }

  @Test
  void splitsALongIndex() {
    for (int segment = 1; segment <= 100; segment++) {
      keys.addFile((long) segment * SIZE, "file " + segment);
    }
    List<String> messages = encode(200);
    assertThat(messages).hasSizeBetween(10, 30);
    assertThat(messages).allSatisfy(text -> assertThat(text).hasSizeLessThan(300));
    assertThat(String.join("", messages).split("\"path\":", -1)).hasSize(101);
  }

  @Test
  void isEmptyWithoutKeys() {
    assertThat(encode(100)).isEmpty();
  }
}
