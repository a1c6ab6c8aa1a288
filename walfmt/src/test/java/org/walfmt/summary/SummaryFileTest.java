package org.walfmt.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;

class SummaryFileTest {
  private static byte[] write(BlockChanges changes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SummaryFile.write(changes, out);
    return out.toByteArray();
  }

  private static BlockChanges read(byte[] bytes) throws IOException {
    BlockChanges changes = new BlockChanges();
    SummaryFile.read(new ByteArrayInputStream(bytes), "test", changes);
    return changes;
  }

  @Test
  void writesTheBytesThatPostgresReads() throws IOException {
    BlockChanges changes = new BlockChanges();
    changes.mark(1663, 5, 16384, 0, 7);
    changes.mark(1663, 5, 16384, 0, 65536);
    changes.cut(1663, 5, 16385, 0, 0);
    assertThat(HexFormat.of().formatHex(write(changes)))
        .isEqualTo(
            "7b132b65"
                + "7f0600000500000000400000" // 1663/5/16384
                + "00000000ffffffff02000000" // main, no limit, two chunks
                + "0100010007000000" // one block in each: 7, 65536
                + "7f0600000500000001400000" // 1663/5/16385
                + "000000000000000000000000" // main, limit 0, no chunk
                + "000000000000000000000000000000000000000000000000"
                + crc(changes));
  }

  /** The last four bytes; what they cover is written out above. */
  private static String crc(BlockChanges changes) throws IOException {
    byte[] bytes = write(changes);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    return HexFormat.of().toHexDigits(Integer.reverseBytes((int) crc.getValue()));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void readsBackWhatItWrote(long seed) throws IOException {
    Random random = new Random(seed);
    BlockChanges changes = new BlockChanges();
    for (int i = 0; i < 20; i++) {
      int relation = 16384 + random.nextInt(10);
      int spread = 1 << random.nextInt(20);
      for (int j = random.nextInt(6000); j > 0; j--) {
        changes.mark(1663, 5, relation, random.nextInt(2) * 2, random.nextInt(spread));
      }
      if (random.nextInt(3) == 0) {
        changes.cut(1663, 5, relation, 0, random.nextInt(spread));
      }
    }
    changes.mark(1663, 5, 20000, 0, -2);
    assertThat(read(write(changes)).sorted()).isEqualTo(changes.sorted());
  }

  @Test
  void noticesEveryFlippedByteAndEveryCut() throws IOException {
    BlockChanges changes = new BlockChanges();
    changes.mark(1663, 5, 16384, 0, 7);
    changes.cut(1663, 5, 16385, 2, 3);
    byte[] sound = write(changes);
    for (int i = 0; i < sound.length; i++) {
      byte[] bytes = sound.clone();
      bytes[i] ^= 0x10;
      assertThatThrownBy(() -> read(bytes))
          .as("byte %d", i)
          .isInstanceOf(CorruptWalException.class);
      byte[] cut = Arrays.copyOf(sound, i);
      assertThatThrownBy(() -> read(cut))
          .as("cut at %d", i)
          .isInstanceOf(CorruptWalException.class);
    }
    assertThatThrownBy(() -> read(Arrays.copyOf(sound, sound.length + 1)))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("goes on after its end");
  }

  @Test
  void noticesEveryFlippedByteAndEveryCutOfABitmap() throws IOException {
    BlockChanges changes = new BlockChanges();
    for (int block = 0; block < 10_000; block += 2) {
      changes.mark(1663, 5, 16384, 0, 65_536 + block);
    }
    byte[] sound = write(changes);
    assertThat(sound).hasSize(4 + 24 + 2 * 2 + 8192 + 24 + 4);
    for (int i = 0; i < sound.length; i++) {
      byte[] bytes = sound.clone();
      bytes[i] ^= (byte) (1 << i % 8);
      assertThatThrownBy(() -> read(bytes))
          .as("byte %d", i)
          .isInstanceOf(CorruptWalException.class);
    }
    for (int length = 0; length < sound.length; length += 7) {
      byte[] cut = Arrays.copyOf(sound, length);
      assertThatThrownBy(() -> read(cut))
          .as("cut at %d", length)
          .isInstanceOf(CorruptWalException.class)
          .hasMessage("summary file \"test\" ends early");
    }
  }

  /** Wrong bytes under a right CRC: refused, or no more than what so many bytes can say. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void neverTakesWrongLengthsForMoreThanThereIs(long seed) throws IOException {
    Random random = new Random(seed);
    BlockChanges changes = new BlockChanges();
    for (int i = 0; i < 60; i++) {
      changes.mark(1663, 5, 16384 + random.nextInt(3), 0, random.nextInt(200_000));
    }
    changes.cut(1663, 5, 16390, 0, 9);
    byte[] sound = write(changes);
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] bytes = sound.clone();
      for (int j = random.nextInt(3); j >= 0; j--) {
        bytes[random.nextInt(bytes.length - 4)] = (byte) random.nextInt();
      }
      mendCrc(bytes);
      try {
        BlockChanges found = read(bytes);
        assertThat(found.size()).isLessThanOrEqualTo(bytes.length / 24);
        for (ForkChanges fork : found.sorted()) {
          assertThat(fork.blocks().getLongCardinality()).isLessThan(8L * bytes.length);
        }
      } catch (CorruptWalException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(500, 3900);
  }

  private static void mendCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(bytes.length - 4, (int) crc.getValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7f06000005000000004000000000000000000000ffffffff | has an invalid entry", // chunks
        "7f06000005000000004000000000000000000000 01000100 | has an invalid entry",
        "7f06000005000000004000000400000000000000 00000000 | has an invalid entry", // fork
        "7f060000050000000040000000000000ffffffff 01000000 0110 | has an invalid chunk",
        "7f060000050000000040000000000000ffffffff 00010000 0100 | ends early"
      })
  void refusesEntriesThatPostgresWouldNotWrite(String entry, String fact) {
    byte[] bytes = HexFormat.of().parseHex(("7b132b65" + entry).replace(" ", ""));
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("summary file \"test\" " + fact);
  }

  @Test
  void refusesEntriesOutOfOrder() {
    String entry = "7f06000005000000004000000000000000000000 00000000";
    byte[] bytes = HexFormat.of().parseHex(("7b132b65" + entry + entry).replace(" ", ""));
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("summary file \"test\" has entries out of order");
  }

  @Test
  void nothingIsTakenFromAFileThatIsRefused() throws IOException {
    BlockChanges changes = new BlockChanges();
    changes.mark(1663, 5, 16384, 0, 7);
    byte[] bytes = write(changes);
    bytes[bytes.length - 1] ^= 1;
    BlockChanges target = new BlockChanges();
    assertThatThrownBy(() -> SummaryFile.read(new ByteArrayInputStream(bytes), "test", target))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("has CRC");
    assertThat(target.sorted()).isEmpty();
  }

  @Test
  void laterFilesCutWhatEarlierOnesMarked() throws IOException {
    BlockChanges earlier = new BlockChanges();
    earlier.mark(1663, 5, 16384, 0, 3);
    earlier.mark(1663, 5, 16384, 0, 9);
    BlockChanges later = new BlockChanges();
    later.cut(1663, 5, 16384, 0, 5);
    later.mark(1663, 5, 16384, 0, 6);
    SummaryFile.read(new ByteArrayInputStream(write(later)), "later", earlier);
    ForkChanges fork = earlier.sorted().get(0);
    assertThat(fork.limit()).isEqualTo(5);
    assertThat(fork.blocks().toArray()).containsExactly(3, 6);
  }

  @Test
  void namesAreThoseOfPostgres() {
    SummaryName name =
        new SummaryName(new TimelineId(1), Lsn.parse("0/1000028"), Lsn.parse("1/2000060"));
    assertThat(name).hasToString("0000000100000000010000280000000102000060.summary");
    assertThat(SummaryName.parse(name.toString())).contains(name);
    assertThat(SummaryName.parse("temp.summary")).isEmpty();
    assertThat(SummaryName.parse("0000000100000001020000600000000001000028.summary")).isEmpty();
    assertThat(SummaryName.parse("0000000100000000010000280000000001000028.summary")).isEmpty();
    assertThat(SummaryName.parse("0000000100000000010000280000000102000060.summar")).isEmpty();
    assertThat(SummaryName.parse("0000000a00000000010000280000000102000060.summary")).isEmpty();
    assertThat(SummaryName.parse("FFFFFFFF7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF.summary"))
        .hasValueSatisfying(
            last -> assertThat(last.end().value()).isEqualTo(0xFFFF_FFFF_FFFF_FFFFL));
  }
}
