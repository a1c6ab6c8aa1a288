package org.walfmt.tests.nativebackup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Combines files made up here; each block is filled with one letter, and zeros are dots. */
class NativeCombineTest {
  private static final int BLOCK = 8192;
  private static final Path RELATION = Path.of("base/5/16384");

  private static final String LABEL =
      """
      START WAL LOCATION: 0/%d000028 (file 00000001000000000000000%d)
      CHECKPOINT LOCATION: 0/%d000060
      BACKUP METHOD: streamed
      BACKUP FROM: primary
      START TIME: 2026-01-01 00:00:00 UTC
      LABEL: native
      START TIMELINE: 1
      """;

  @TempDir private Path scratch;
  private List<Path> backups;

  @BeforeEach
  void takeNoBackupYet() {
    backups = new ArrayList<>();
  }

  private Path newBackup() throws IOException {
    Path backup = scratch.resolve("backup" + backups.size());
    Files.createDirectories(backup.resolve(RELATION).getParent());
    int number = backups.size() + 2;
    String text = LABEL.formatted(number, number, number);
    if (number > 2) {
      text += "INCREMENTAL FROM LSN: 0/%d000028\nINCREMENTAL FROM TLI: 1\n".formatted(number - 1);
    }
    Files.writeString(backup.resolve("backup_label"), text);
    Files.writeString(backup.resolve("backup_manifest"), "{}");
    backups.add(backup);
    return backup;
  }

  /** A new backup with the whole file. */
  private void full(String letters) throws IOException {
    Files.write(newBackup().resolve(RELATION), blocks(letters));
  }

  /**
   * A new backup with an incremental file; its block i has letter i and the number given for it.
   */
  private Path incremental(int truncationLength, String letters, int... numbers)
      throws IOException {
    int header = 12 + 4 * numbers.length;
    int padded = numbers.length == 0 ? header : BLOCK;
    ByteBuffer bytes =
        ByteBuffer.allocate(padded + letters.length() * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0xD3AE1F0D).putInt(numbers.length).putInt(truncationLength);
    for (int number : numbers) {
      bytes.putInt(number);
    }
    bytes.position(padded).put(blocks(letters));
    Path file = newBackup().resolve(RELATION).resolveSibling("INCREMENTAL.16384");
    Files.write(file, bytes.array());
    return file;
  }

  private static byte[] blocks(String letters) {
    ByteBuffer bytes = ByteBuffer.allocate(letters.length() * BLOCK);
    for (int i = 0; i < bytes.capacity(); i++) {
      char letter = letters.charAt(i / BLOCK);
      bytes.put((byte) (letter == '.' ? 0 : letter));
    }
    return bytes.array();
  }

  private String combined() throws IOException {
    Path target = NativeCombine.combine(backups, scratch.resolve("combined"));
    byte[] bytes = Files.readAllBytes(target.resolve(RELATION));
    StringBuilder letters = new StringBuilder();
    for (int at = 0; at < bytes.length; at += BLOCK) {
      letters.append(bytes[at] == 0 ? '.' : (char) bytes[at]);
    }
    assertThat(bytes).isEqualTo(blocks(letters.toString()));
    return letters.toString();
  }

  @Test
  void takesEachBlockFromTheNewestBackupThatHasIt() throws IOException {
    full("abcdef");
    incremental(6, "BCD", 1, 2, 3);
    incremental(6, "x", 2);
    assertThat(combined()).isEqualTo("aBxDef");
  }

  @Test
  void aFileWithoutBlocksHasNoPadding() throws IOException {
    full("abc");
    assertThat(Files.size(incremental(3, ""))).isEqualTo(12);
    assertThat(combined()).isEqualTo("abc");
  }

  @Test
  void cutsTheFileAtTheTruncationLength() throws IOException {
    full("abcdef");
    incremental(2, "");
    assertThat(combined()).isEqualTo("ab");
  }

  @Test
  void aListedBlockMakesTheFileLonger() throws IOException {
    full("abcdef");
    incremental(2, "x", 4);
    assertThat(combined()).isEqualTo("ab..x");
  }

  @Test
  void blocksThatNobodyHasAreZero() throws IOException {
    full("abc");
    incremental(6, "x", 4);
    assertThat(combined()).isEqualTo("abc.x.");
  }

  /** The fault of pg_combinebackup that rule 8 avoids: c and d were cut before the last backup. */
  @Test
  void aCutInABackupBetweenIsForgotten() throws IOException {
    full("abcd");
    incremental(2, "");
    incremental(4, "");
    assertThat(combined()).isEqualTo("abcd");
  }

  @Test
  void looksNoFurtherThanTheNewestBackupThatHasTheFileWhole() throws IOException {
    full("abcdef");
    full("AB");
    incremental(4, "");
    assertThat(combined()).isEqualTo("AB..");
  }

  @Test
  void theLabelIsTheLastOnesWithoutTheLinesOfIncrementals() throws IOException {
    full("a");
    incremental(1, "");
    assertThat(combined()).isEqualTo("a");
    assertThat(scratch.resolve("combined/backup_label"))
        .content()
        .startsWith("START WAL LOCATION: 0/3000028")
        .endsWith("START TIMELINE: 1\n");
    assertThat(scratch.resolve("combined/backup_manifest")).doesNotExist();
    assertThat(scratch.resolve("combined/base/5/INCREMENTAL.16384")).doesNotExist();
  }

  @Test
  void refusesAChainWithAGap() throws IOException {
    full("a");
    incremental(1, "");
    incremental(1, "");
    backups.remove(1);
    refuses("builds on");
  }

  @Test
  void refusesAnIncrementalThatNothingIsUnder() throws IOException {
    full("a");
    Files.delete(backups.get(0).resolve(RELATION));
    incremental(1, "");
    refuses("INCREMENTAL.16384");
  }

  @Test
  void refusesAFileWithAnotherMagic() throws IOException {
    full("a");
    spoil(incremental(1, ""), 0, 0xD3AE1F0E);
    refuses("magic D3AE1F0E");
  }

  @Test
  void refusesAFileThatIsCutShort() throws IOException {
    full("a");
    Path file = incremental(1, "xy", 0, 1);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 2 * BLOCK));
    refuses("16384 bytes in");
  }

  @Test
  void refusesNumbersOutOfOrder() throws IOException {
    full("a");
    incremental(1, "xy", 1, 1);
    refuses("block 1 out of order");
  }

  @Test
  void refusesALengthAboveThatOfAFile() throws IOException {
    full("a");
    spoil(incremental(1, ""), 8, 131073);
    refuses("truncation length 131073");
  }

  private static void spoil(Path file, int at, int value) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    Files.write(file, bytes);
  }

  private void refuses(String message) {
    assertThatThrownBy(this::combined)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }
}
