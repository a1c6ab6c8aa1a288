package org.walfmt.writer.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.writer.kit.Pages;

/** Rule CHANGE-6, on one page; the backup starts at 0/5000028, the server is at {@link #server}. */
class PageCheckTest {
  private static final Lsn START = Lsn.parse("0/5000028");
  private static final long BLOCK = 131072 + 7;
  private static final String BEFORE = "0/4FFFFFF";
  private static final String AFTER = "0/5001000";

  private Lsn server = Lsn.parse("0/6000000");
  private int asked;
  private final List<ByteBuffer> later = new ArrayList<>();
  private boolean truncated;

  private Optional<String> check(boolean checksums, ByteBuffer page) throws IOException {
    PageCheck.KnownPosition position =
        new PageCheck.KnownPosition(
            () -> {
              asked++;
              return server;
            });
    return check(new PageCheck(checksums, START, position), page);
  }

  private Optional<String> check(PageCheck check, ByteBuffer page) throws IOException {
    boolean[] wrong = new boolean[1];
    int count = check.check(page, 1, BLOCK, index -> reread(page), wrong);
    assertThat(count).isEqualTo(wrong[0] ? 1 : 0);
    return wrong[0] ? Optional.of(check.describe(page, 0, BLOCK)) : Optional.empty();
  }

  private boolean reread(ByteBuffer page) {
    if (truncated) {
      return false;
    }
    if (!later.isEmpty()) {
      page.put(0, later.remove(0), 0, Pages.SIZE);
    }
    return true;
  }

  private static ByteBuffer sound(String lsn) {
    return Pages.sound(lsn, BLOCK);
  }

  /** Old header, new contents: the checksum is wrong. */
  private static ByteBuffer torn(String lsn) {
    return sound(lsn).put(8100, (byte) 0x5A);
  }

  @Test
  void soundPagesAreSound() throws IOException {
    assertThat(check(true, sound(BEFORE))).isEmpty();
    assertThat(check(true, sound(AFTER))).isEmpty();
    assertThat(check(true, sound("0/0"))).isEmpty();
    assertThat(check(true, Pages.zeros())).isEmpty();
  }

  @Test
  void theServerIsAskedOnlyForPagesPastWhatIsKnown() throws IOException {
    assertThat(check(true, sound("0/0"))).isEmpty();
    assertThat(asked).isZero();
    assertThat(check(true, sound(AFTER))).isEmpty();
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void theChecksumIsOfTheBlockInTheForkNotInTheFile() throws IOException {
    assertThat(check(true, Pages.sound(BEFORE, 7)).orElseThrow()).contains("calculated checksum");
  }

  @Test
  void aTornPageIsReadAgain() throws IOException {
    later.add(torn(BEFORE));
    later.add(sound(BEFORE));
    assertThat(check(true, torn(BEFORE))).isEmpty();
  }

  @Test
  void aPageThatStaysWrongIsDamaged() throws IOException {
    ByteBuffer page = torn(BEFORE);
    int stored = page.getShort(8) & 0xFFFF;
    assertThat(check(true, page).orElseThrow())
        .matches("calculated checksum [0-9A-F]{4} but found [0-9A-F]{4}, page LSN 0/4FFFFFF")
        .contains(String.format("found %04X", stored));
  }

  @Test
  void allWrongPagesOfAChunkAreReadAgainInOneGo() throws IOException {
    ByteBuffer pages = ByteBuffer.allocate(100 * Pages.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 100; i++) {
      ByteBuffer page = i == 50 || i == 0 ? Pages.sound(BEFORE, BLOCK + i) : torn(BEFORE);
      pages.put(i * Pages.SIZE, page, 0, Pages.SIZE);
    }
    PageCheck check = new PageCheck(true, START, new PageCheck.KnownPosition(() -> server));
    boolean[] wrong = new boolean[128];
    long began = System.nanoTime();
    assertThat(check.check(pages, 100, BLOCK, index -> index != 99, wrong)).isEqualTo(97);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    assertThat(wrong[0]).isFalse();
    assertThat(wrong[50]).isFalse();
    assertThat(wrong[98]).isTrue();
    assertThat(wrong[99]).as("beyond a truncation").isFalse();
  }

  @Test
  void aPageThatStaysWrongIsAcceptedIfReplayWritesItAnew() throws IOException {
    assertThat(check(true, torn(AFTER))).isEmpty();
    assertThat(check(true, torn(START.toString()))).isEmpty();
  }

  @Test
  void aWrongPageWhoseLsnTheServerHasNotReachedIsDamaged() throws IOException {
    assertThat(check(true, torn("0/7000000")).orElseThrow())
        .contains("calculated checksum", "page LSN 0/7000000");
  }

  @Test
  void aPageAheadOfTheServerIsDamagedEvenWithoutChecksums() throws IOException {
    assertThat(check(true, sound("0/7000000")))
        .contains("page LSN 0/7000000 is after the server's position");
    assertThat(check(false, sound("FFFFFFFF/FFFFFFFF")))
        .contains("page LSN FFFFFFFF/FFFFFFFF is after the server's position");
  }

  @Test
  void aPageAheadOfWhatIsKnownIsSoundOnceTheServerIsThere() throws IOException {
    PageCheck.KnownPosition position = new PageCheck.KnownPosition(() -> server);
    PageCheck check = new PageCheck(true, START, position);
    assertThat(check(check, sound("0/6000000"))).isEmpty();
    server = Lsn.parse("0/6000100");
    assertThat(check(check, sound("0/6000100"))).isEmpty();
  }

  @Test
  void withoutChecksumsContentsAreNotJudged() throws IOException {
    assertThat(check(false, torn(BEFORE))).isEmpty();
  }

  @Test
  void aNewPageWithGarbageIsDamaged() throws IOException {
    ByteBuffer page = Pages.zeros().put(5000, (byte) 1);
    assertThat(check(true, page)).contains("pd_upper is 0, but the page is not all zeros");
    assertThat(check(false, page)).contains("pd_upper is 0, but the page is not all zeros");
  }

  @Test
  void aNewPageWithGarbageIsAcceptedIfReplayWritesItAnew() throws IOException {
    ByteBuffer page = Pages.zeros().putInt(4, 0x5001000);
    assertThat(check(true, page)).isEmpty();
  }

  @Test
  void aPageBeyondATruncationMeanwhileIsNotDamaged() throws IOException {
    truncated = true;
    assertThat(check(true, torn(BEFORE))).isEmpty();
  }
}
