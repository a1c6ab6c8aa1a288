package org.walfmt.tests.compare;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What lays out a relation's pages: an access method, a table or a sequence; it decides the mask.
 */
public enum RelationKind {
  /** Tables, TOAST tables, materialized views and catalogs. */
  HEAP,
  BTREE,
  HASH,
  GIN,
  GIST,
  SPGIST,
  BRIN,
  SEQUENCE,
  /** An access method that logs with generic WAL records ({@code generic_xlog.c}), as bloom. */
  GENERIC;

  private static final int BTREE_MAGIC = 0x053162;
  private static final int HASHO_PAGE_ID = 0xFF80;
  private static final int GIST_PAGE_ID = 0xFF81;
  private static final int SPGIST_PAGE_ID = 0xFF82;
  private static final int BRIN_PAGETYPE_META = 0xF091;
  private static final int GIN_META = 1 << 3;
  private static final int SEQ_MAGIC = 0x1717;

  /**
   * Returns the kind of the relation whose first block of the main or init fork {@code page} is, by
   * its special area alone; empty if nothing known looks like this, as an all-zero page.
   */
  public static Optional<RelationKind> ofFirstBlock(ByteBuffer page) {
    int special = Pages.special(page);
    if (Pages.upper(page) == 0 || special > Pages.SIZE) {
      return Optional.empty();
    }
    return switch (Pages.SIZE - special) {
      case 0 -> Optional.of(HEAP);
      case 16 -> ofLongSpecial(page, special);
      case 8 -> ofShortSpecial(page, special);
      default -> Optional.empty();
    };
  }

  private static Optional<RelationKind> ofLongSpecial(ByteBuffer page, int special) {
    int pageId = Pages.u16(page, special + 14);
    if (pageId == HASHO_PAGE_ID) {
      return Optional.of(HASH);
    }
    if (pageId == GIST_PAGE_ID) {
      return Optional.of(GIST);
    }
    return page.getInt(Pages.HEADER_SIZE) == BTREE_MAGIC ? Optional.of(BTREE) : Optional.empty();
  }

  private static Optional<RelationKind> ofShortSpecial(ByteBuffer page, int special) {
    int lastHalf = Pages.u16(page, special + 6);
    if (lastHalf == SPGIST_PAGE_ID) {
      return Optional.of(SPGIST);
    }
    if (lastHalf == BRIN_PAGETYPE_META) {
      return Optional.of(BRIN);
    }
    if (lastHalf == GIN_META) {
      return Optional.of(GIN);
    }
    return page.getInt(special) == SEQ_MAGIC ? Optional.of(SEQUENCE) : Optional.empty();
  }

  /**
   * Returns the kind of an object by {@code pg_class.relkind} and the name of its access method;
   * {@code accessMethod} is empty for what has none.
   */
  static RelationKind of(char relkind, String accessMethod) {
    if (relkind == 'S') {
      return SEQUENCE;
    }
    return switch (accessMethod) {
      case "heap" -> HEAP;
      case "btree" -> BTREE;
      case "hash" -> HASH;
      case "gin" -> GIN;
      case "gist" -> GIST;
      case "spgist" -> SPGIST;
      case "brin" -> BRIN;
      default -> GENERIC;
    };
  }
}
