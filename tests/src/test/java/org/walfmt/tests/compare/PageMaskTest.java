package org.walfmt.tests.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.PgVersion;

class PageMaskTest {
  private static final int BLOCK = 0x12345;

  @ParameterizedTest
  @EnumSource(RelationKind.class)
  void hidesLsnAndChecksumOfEveryKind(RelationKind kind) {
    ByteBuffer page = page(kind);
    assertThat(hides(kind, page, 0)).isTrue();
    assertThat(hides(kind, page, 7)).isTrue();
    assertThat(hides(kind, page, 8)).isTrue();
    assertThat(hides(kind, page, 9)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(RelationKind.class)
  void showsPointersSizeAndPayloadOfEveryKind(RelationKind kind) {
    ByteBuffer page = page(kind);
    assertThat(hides(kind, page, Pages.PD_LOWER)).isFalse();
    assertThat(hides(kind, page, Pages.PD_UPPER)).isFalse();
    assertThat(hides(kind, page, Pages.PD_SPECIAL)).isFalse();
    assertThat(hides(kind, page, 18)).as("page size and layout version").isFalse();
    assertThat(hides(kind, page, ITEM + 23)).as("payload").isFalse();
    assertThat(hides(kind, page, ITEM + 28)).as("payload").isFalse();
  }

  @ParameterizedTest
  @EnumSource(RelationKind.class)
  void hidesTheHoleBetweenLowerAndUpperAlone(RelationKind kind) {
    ByteBuffer page = page(kind);
    assertThat(hides(kind, page, 28)).isTrue();
    assertThat(hides(kind, page, ITEM - 1)).isTrue();
    assertThat(hides(kind, page, ITEM)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = RelationKind.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SEQUENCE", "GENERIC"})
  void hidesHintsInTheHeader(RelationKind kind) {
    ByteBuffer page = page(kind);
    assertThat(hidesBits(kind, page, Pages.PD_FLAGS, 7)).isTrue();
    assertThat(hidesBits(kind, page, Pages.PD_FLAGS, 8)).isFalse();
    assertThat(hides(kind, page, Pages.PD_PRUNE_XID)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = RelationKind.class,
      names = {"SEQUENCE", "GENERIC"})
  void showsHintsInTheHeaderOfSequencesAndGenericPages(RelationKind kind) {
    ByteBuffer page = page(kind);
    assertThat(hidesBits(kind, page, Pages.PD_FLAGS, 1)).isFalse();
    assertThat(hides(kind, page, Pages.PD_PRUNE_XID)).isFalse();
  }

  @Test
  void hidesHintBitsCommandIdAndPaddingOfATuple() {
    ByteBuffer page = page(RelationKind.HEAP);
    assertThat(hidesBits(RelationKind.HEAP, page, ITEM + 20, 0xF0)).isTrue();
    assertThat(hidesBits(RelationKind.HEAP, page, ITEM + 21, 0xFC)).isTrue();
    assertThat(hides(RelationKind.HEAP, page, ITEM + 8)).as("command id").isTrue();
    assertThat(hides(RelationKind.HEAP, page, ITEM + 29)).as("padding").isTrue();
    assertThat(hidesBits(RelationKind.HEAP, page, ITEM + 20, 1)).as("HEAP_HASNULL").isFalse();
    assertThat(hides(RelationKind.HEAP, page, ITEM)).as("xmin").isFalse();
    assertThat(hides(RelationKind.HEAP, page, ITEM + 4)).as("xmax").isFalse();
    assertThat(hides(RelationKind.HEAP, page, ITEM + 12)).as("ctid").isFalse();
    assertThat(hides(RelationKind.HEAP, page, ITEM + 18)).as("infomask2").isFalse();
  }

  @Test
  void hidesOnlyTheHintBitsOfXmaxOnceXminIsFrozen() {
    ByteBuffer page = page(RelationKind.HEAP);
    page.putShort(ITEM + 20, (short) 0x0300);
    assertThat(hidesBits(RelationKind.HEAP, page, ITEM + 21, 0x0C)).isTrue();
    assertThat(hidesBits(RelationKind.HEAP, page, ITEM + 21, 0x10)).isFalse();
    assertThat(hidesBits(RelationKind.HEAP, page, ITEM + 20, 0x80)).isFalse();
  }

  @Test
  void setsTheCtidOfASpeculativeTupleToItself() {
    ByteBuffer page = page(RelationKind.HEAP);
    page.putInt(ITEM + 12, 77);
    page.putShort(ITEM + 16, (short) 0xFFFE);
    assertThat(PageMask.mask(PgVersion.V15, RelationKind.HEAP, BLOCK, page)).isTrue();
    assertThat(page.getShort(ITEM + 12)).isEqualTo((short) 1);
    assertThat(page.getShort(ITEM + 14)).isEqualTo((short) 0x2345);
    assertThat(page.getShort(ITEM + 16)).isEqualTo((short) 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = RelationKind.class,
      names = {"BTREE", "HASH", "GIST"})
  void hidesLinePointerFlagsOfLeavesAlone(RelationKind kind) {
    ByteBuffer leaf = page(kind);
    assertThat(hidesBits(kind, leaf, 26, 0x01)).as("LP_DEAD on a leaf").isTrue();
    assertThat(hidesBits(kind, leaf, 24, 1)).as("offset of the item").isFalse();
    ByteBuffer other = page(kind);
    other.putShort(SPECIAL_16 + 12, (short) (kind == RelationKind.HASH ? 4 : 0));
    assertThat(hidesBits(kind, other, 26, 0x01)).as("LP_DEAD elsewhere").isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = RelationKind.class,
      names = {"HEAP", "SPGIST", "BRIN", "SEQUENCE", "GENERIC", "GIN"})
  void showsLinePointerFlagsOfOtherKinds(RelationKind kind) {
    assertThat(hidesBits(kind, page(kind), 26, 0x01)).isFalse();
  }

  @Test
  void hidesWhatVacuumNotesOnABtreePage() {
    ByteBuffer page = page(RelationKind.BTREE);
    assertThat(hidesBits(RelationKind.BTREE, page, SPECIAL_16 + 12, 0x60)).isTrue();
    assertThat(hides(RelationKind.BTREE, page, SPECIAL_16 + 14)).as("cycle id").isTrue();
    assertThat(hidesBits(RelationKind.BTREE, page, SPECIAL_16 + 12, 0x80)).isFalse();
    assertThat(hides(RelationKind.BTREE, page, SPECIAL_16)).as("left sibling").isFalse();
  }

  @Test
  void hidesTheContentsOfADeletedBtreePageIn13Alone() {
    ByteBuffer page = page(RelationKind.BTREE);
    page.putShort(SPECIAL_16 + 12, (short) 5);
    assertThat(hides(PgVersion.V13, RelationKind.BTREE, page, ITEM + 28, 0xFF)).isTrue();
    assertThat(hides(PgVersion.V14, RelationKind.BTREE, page, ITEM + 28, 0xFF)).isFalse();
  }

  @Test
  void hidesWhatHashGinGistAndBrinDoNotLog() {
    ByteBuffer hash = page(RelationKind.HASH);
    assertThat(hidesBits(RelationKind.HASH, hash, SPECIAL_16 + 12, 0x80)).isTrue();
    assertThat(hidesBits(RelationKind.HASH, hash, SPECIAL_16 + 12, 0x40)).isFalse();
    hash.putShort(SPECIAL_16 + 12, (short) 0);
    assertThat(hides(RelationKind.HASH, hash, ITEM + 28)).as("unused page").isTrue();

    ByteBuffer gin = page(RelationKind.GIN);
    gin.putShort(SPECIAL_8 + 6, (short) 4);
    assertThat(hides(RelationKind.GIN, gin, ITEM + 28)).as("deleted page").isTrue();

    ByteBuffer gist = page(RelationKind.GIST);
    assertThat(hides(RelationKind.GIST, gist, SPECIAL_16 + 7)).as("NSN").isTrue();
    assertThat(hidesBits(RelationKind.GIST, gist, SPECIAL_16 + 12, 0x18)).isTrue();
    assertThat(hidesBits(RelationKind.GIST, gist, SPECIAL_16 + 12, 0x04)).isFalse();
    assertThat(hides(RelationKind.GIST, gist, SPECIAL_16 + 8)).as("right link").isFalse();

    ByteBuffer brin = page(RelationKind.BRIN);
    assertThat(hidesBits(RelationKind.BRIN, brin, SPECIAL_8 + 4, 1)).isTrue();
    assertThat(hidesBits(RelationKind.BRIN, brin, SPECIAL_8 + 4, 2)).isFalse();
    brin.putShort(SPECIAL_8 + 6, (short) 0xF092);
    assertThat(hides(RelationKind.BRIN, brin, 28)).as("range map").isFalse();
  }

  @Test
  void hidesNothingButLsnAndChecksumOfAPageOfAnotherKind() {
    ByteBuffer page = page(RelationKind.BTREE);
    assertThat(PageMask.mask(PgVersion.V18, RelationKind.HEAP, BLOCK, copy(page))).isFalse();
    assertThat(hides(RelationKind.HEAP, page, 28)).isFalse();
    assertThat(hides(RelationKind.HEAP, page, 0)).isTrue();
  }

  /** Where the only item of {@link #page} lies: 29 bytes long, so with 3 bytes of padding. */
  private static final int ITEM = 8000;

  private static final int SPECIAL_16 = 8176;
  private static final int SPECIAL_8 = 8184;

  /** A page of this kind with one item, a leaf where there are any. */
  private static ByteBuffer page(RelationKind kind) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = ITEM; at < ITEM + 32; at++) {
      page.put(at, (byte) at);
    }
    page.putShort(ITEM + 16, (short) 1);
    page.putShort(ITEM + 20, (short) 0x0802);
    page.putShort(12, (short) 28);
    page.putShort(14, (short) ITEM);
    page.putShort(18, (short) 0x2004);
    page.putInt(24, ITEM | 1 << 15 | 29 << 17);
    switch (kind) {
      case HEAP -> special(page, 8192, 0, 0);
      case BTREE -> special(page, SPECIAL_16, 12, 0x0000_0001);
      case HASH -> special(page, SPECIAL_16, 12, 0xFF80_0002);
      case GIST -> special(page, SPECIAL_16, 12, 0xFF81_0001);
      case GIN -> special(page, SPECIAL_8, 4, 0x0002_0000);
      case SPGIST, GENERIC -> special(page, SPECIAL_8, 4, 0xFF82_0000);
      case BRIN -> special(page, SPECIAL_8, 4, 0xF093_0000);
      case SEQUENCE -> special(page, SPECIAL_8, 0, 0x0000_1717);
    }
    return page;
  }

  private static void special(ByteBuffer page, int special, int offset, int value) {
    page.putShort(16, (short) special);
    if (special < 8192) {
      page.putInt(special + offset, value);
    }
  }

  private static boolean hides(RelationKind kind, ByteBuffer page, int offset) {
    return hidesBits(kind, page, offset, 0x02);
  }

  private static boolean hidesBits(RelationKind kind, ByteBuffer page, int offset, int bits) {
    return hides(PgVersion.V15, kind, page, offset, bits);
  }

  /** Whether a page and its copy with these bits flipped are equal after masking. */
  private static boolean hides(
      PgVersion version, RelationKind kind, ByteBuffer page, int offset, int bits) {
    ByteBuffer left = copy(page);
    ByteBuffer right = copy(page);
    right.put(offset, (byte) (right.get(offset) ^ bits));
    PageMask.mask(version, kind, BLOCK, left);
    PageMask.mask(version, kind, BLOCK, right);
    return left.equals(right);
  }

  private static ByteBuffer copy(ByteBuffer page) {
    return ByteBuffer.allocate(8192).put(0, page, 0, 8192).order(ByteOrder.LITTLE_ENDIAN);
  }
}
