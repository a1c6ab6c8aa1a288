package org.walfmt.tests.compare;

import java.nio.ByteBuffer;
import org.walfmt.PgVersion;

/**
 * Hides in a page what replay need not reproduce: exactly what PostgreSQL's own check of replay,
 * {@code wal_consistency_checking}, hides.
 *
 * <p>The facts are those of {@code src/backend/access/common/bufmask.c} and of the function {@code
 * rm_mask} of each resource manager: {@code heap_mask}, {@code btree_mask}, {@code hash_mask},
 * {@code gin_mask}, {@code gist_mask}, {@code spg_mask}, {@code brin_mask}, {@code seq_mask} and
 * {@code generic_mask}. They are the same in 13 to 18, but for one: only 13 hides the contents of a
 * deleted B-tree page ({@code nbtxlog.c}), since only from 14 on replay writes them. {@code
 * BRIN_EVACUATE_PAGE} is hidden in all majors; the first minors of 13 did not, though the flag is
 * no more logged there.
 *
 * <p>Stricter than the server in one thing: it masks a page of the visibility map as if it were a
 * heap page, which hides all its bits. Here only LSN and checksum of such a page are hidden.
 *
 * <p>Pages are 8192 bytes, little-endian, and are changed in place. An all-zero page has no mask.
 */
public final class PageMask {
  private static final int PD_HAS_FREE_LINES = 1;
  private static final int PD_PAGE_FULL = 2;
  private static final int PD_ALL_VISIBLE = 4;

  private static final int BTPO_FLAGS = 12;
  private static final int BTPO_CYCLEID = 14;
  private static final int BTP_LEAF = 1;
  private static final int BTP_DELETED = 1 << 2;
  private static final int BTP_SPLIT_END = 1 << 5;
  private static final int BTP_HAS_GARBAGE = 1 << 6;

  private static final int HASHO_FLAG = 12;
  private static final int LH_OVERFLOW_PAGE = 1;
  private static final int LH_BUCKET_PAGE = 1 << 1;
  private static final int LH_PAGE_TYPE = 0xF;
  private static final int LH_PAGE_HAS_DEAD_TUPLES = 1 << 7;

  private static final int GIN_FLAGS = 6;
  private static final int GIN_DELETED = 1 << 2;

  private static final int GIST_NSN = 0;
  private static final int GIST_FLAGS = 12;
  private static final int GIST_F_LEAF = 1;
  private static final int GIST_F_FOLLOW_RIGHT = 1 << 3;
  private static final int GIST_F_HAS_GARBAGE = 1 << 4;

  private static final int BRIN_FLAGS = 4;
  private static final int BRIN_TYPE = 6;
  private static final int BRIN_PAGETYPE_META = 0xF091;
  private static final int BRIN_PAGETYPE_REGULAR = 0xF093;
  private static final int BRIN_EVACUATE_PAGE = 1;

  private PageMask() {}

  /** Hides LSN and checksum alone: {@code mask_page_lsn_and_checksum}. */
  public static void maskLsnAndChecksum(ByteBuffer page) {
    page.putLong(Pages.PD_LSN, 0);
    page.putShort(Pages.PD_CHECKSUM, (short) 0);
  }

  /**
   * Hides in {@code page} what a page of this kind may differ in after replay.
   *
   * @param block the page's number in its fork
   * @return false if the page cannot be one of this kind, by its header or special area: then only
   *     LSN and checksum are hidden, so that nothing of a damaged page is
   */
  public static boolean mask(PgVersion version, RelationKind kind, long block, ByteBuffer page) {
    maskLsnAndChecksum(page);
    if (!isSane(kind, page)) {
      return false;
    }
    switch (kind) {
      case HEAP -> maskHeap(page, block);
      case BTREE -> maskBtree(page, version);
      case HASH -> maskHash(page);
      case GIN -> maskGin(page);
      case GIST -> maskGist(page);
      case SPGIST -> maskHintsAndHole(page);
      case BRIN -> maskBrin(page);
      case SEQUENCE, GENERIC -> maskHole(page);
    }
    return true;
  }

  /**
   * The rule of {@code mask_unused_space}, and the size of each kind's special area. GIN and BRIN
   * pages of old clusters may have a pd_lower that says nothing; their masks look at it again.
   */
  private static boolean isSane(RelationKind kind, ByteBuffer page) {
    int specialSize =
        switch (kind) {
          case HEAP -> 0;
          case BTREE, HASH, GIST -> 16;
          case GIN, SPGIST, BRIN, SEQUENCE -> 8;
          case GENERIC -> Pages.SIZE - Pages.special(page);
        };
    return Pages.lower(page) >= Pages.HEADER_SIZE
        && Pages.lower(page) <= Pages.upper(page)
        && Pages.upper(page) <= Pages.special(page)
        && Pages.special(page) == Pages.SIZE - specialSize;
  }

  private static void maskHeap(ByteBuffer page, long block) {
    maskHintsAndHole(page);
    int items = Pages.itemCount(page);
    for (int number = 1; number <= items; number++) {
      HeapTupleMask.mask(page, block, number);
    }
  }

  private static void maskBtree(ByteBuffer page, PgVersion version) {
    maskHintsAndHole(page);
    int special = Pages.special(page);
    int flags = Pages.u16(page, special + BTPO_FLAGS);
    if (version == PgVersion.V13 && (flags & BTP_DELETED) != 0) {
      maskContent(page);
      return;
    }
    if ((flags & BTP_LEAF) != 0) {
      maskItemFlags(page);
    }
    page.putShort(special + BTPO_FLAGS, (short) (flags & ~(BTP_HAS_GARBAGE | BTP_SPLIT_END)));
    page.putShort(special + BTPO_CYCLEID, (short) 0);
  }

  private static void maskHash(ByteBuffer page) {
    maskHintsAndHole(page);
    int special = Pages.special(page);
    int flags = Pages.u16(page, special + HASHO_FLAG);
    int type = flags & LH_PAGE_TYPE;
    if (type == 0) {
      maskContent(page);
      return;
    }
    if (type == LH_BUCKET_PAGE || type == LH_OVERFLOW_PAGE) {
      maskItemFlags(page);
    }
    page.putShort(special + HASHO_FLAG, (short) (flags & ~LH_PAGE_HAS_DEAD_TUPLES));
  }

  private static void maskGin(ByteBuffer page) {
    maskHints(page);
    if ((Pages.u16(page, Pages.special(page) + GIN_FLAGS) & GIN_DELETED) != 0) {
      maskContent(page);
    } else if (Pages.lower(page) > Pages.HEADER_SIZE) {
      maskHole(page);
    }
  }

  private static void maskGist(ByteBuffer page) {
    maskHintsAndHole(page);
    int special = Pages.special(page);
    int flags = Pages.u16(page, special + GIST_FLAGS);
    page.putLong(special + GIST_NSN, 0);
    if ((flags & GIST_F_LEAF) != 0) {
      maskItemFlags(page);
    }
    page.putShort(
        special + GIST_FLAGS, (short) ((flags | GIST_F_FOLLOW_RIGHT) & ~GIST_F_HAS_GARBAGE));
  }

  private static void maskBrin(ByteBuffer page) {
    maskHints(page);
    int special = Pages.special(page);
    int type = Pages.u16(page, special + BRIN_TYPE);
    if (type == BRIN_PAGETYPE_REGULAR
        || (type == BRIN_PAGETYPE_META && Pages.lower(page) > Pages.HEADER_SIZE)) {
      maskHole(page);
    }
    int flags = Pages.u16(page, special + BRIN_FLAGS);
    page.putShort(special + BRIN_FLAGS, (short) (flags & ~BRIN_EVACUATE_PAGE));
  }

  private static void maskHintsAndHole(ByteBuffer page) {
    maskHints(page);
    maskHole(page);
  }

  /** {@code mask_page_hint_bits}. */
  private static void maskHints(ByteBuffer page) {
    page.putInt(Pages.PD_PRUNE_XID, 0);
    int hints = PD_HAS_FREE_LINES | PD_PAGE_FULL | PD_ALL_VISIBLE;
    page.putShort(Pages.PD_FLAGS, (short) (Pages.u16(page, Pages.PD_FLAGS) & ~hints));
  }

  /** {@code mask_unused_space}. */
  private static void maskHole(ByteBuffer page) {
    Pages.fill(page, Pages.lower(page), Pages.upper(page));
  }

  /** {@code mask_lp_flags}. */
  private static void maskItemFlags(ByteBuffer page) {
    int items = Pages.itemCount(page);
    for (int number = 1; number <= items; number++) {
      int at = Pages.itemIdOffset(number);
      page.putInt(at, Pages.withoutItemFlags(page.getInt(at)));
    }
  }

  /** {@code mask_page_content}. */
  private static void maskContent(ByteBuffer page) {
    Pages.fill(page, Pages.HEADER_SIZE, Pages.SIZE);
    page.putShort(Pages.PD_LOWER, (short) 0);
    page.putShort(Pages.PD_UPPER, (short) 0);
  }
}
