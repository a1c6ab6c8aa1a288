package org.walfmt.tests.compare;

/**
 * A difference that PostgreSQL's own replay leaves between two base backups of one server, replayed
 * to the same LSN, and that no mask covers, since the change was never in the WAL: the later backup
 * has copied it, the earlier one cannot know of it. The server's check never sees these pages,
 * because it looks only at a page that a record has just touched.
 *
 * <p>Each is allowed only where an {@link Options} names it, and is counted in the {@link Report}.
 */
public enum Tolerance {
  /**
   * One fork is longer than the other, by all-zero pages alone: a relation is extended without WAL
   * ({@code RelationAddExtraBlocks} in 13 to 15, {@code ExtendBufferedRelBy} from 16), several
   * blocks at a time; only the first use of a page is logged.
   */
  TRAILING_ZERO_PAGES,

  /**
   * A file of length 0 on one side, none on the other. {@code mdunlink} leaves the first segment of
   * a dropped relation behind, empty, until the next checkpoint; replay removes it at once. If a
   * backup starts between the record of the drop's commit and the removal of the file, its
   * checkpoint leaves the file, and its replay never sees the record.
   */
  EMPTY_FILES,

  /**
   * A sequence that is the same number of values away from its logged end: {@code nextval} logs 32
   * values ahead ({@code SEQ_LOG_VALS} in {@code sequence.c}), as (last_value + 32 increments,
   * log_cnt 0), and counts down in the page without WAL. Allowed only if some increment maps one
   * page's last_value and log_cnt to the other's, and all other bytes are equal.
   */
  SEQUENCE_LOG_AHEAD,

  /**
   * {@code lastUsedPages} in an SP-GiST metapage, a cache of pages with free space, which {@code
   * SpGistUpdateMetaPage} in {@code spgutils.c} writes without WAL.
   */
  SPGIST_LAST_USED_PAGES,

  /**
   * An SP-GiST page without line pointers, or a new one, that was initialised again on one side.
   * {@code SpGistGetBuffer} and {@code allocNewBuffer} in {@code spgutils.c} initialise such a page
   * without WAL, which sets its LSN to 0 and its flags to what is asked for; the record that first
   * puts a tuple there initialises it again. If the page is then not used after all, such as an
   * inner page of the wrong parity, which is only remembered for later, no record tells of it.
   */
  SPGIST_EMPTY_PAGES,

  /**
   * A visibility map without a bit that is missing on one side, or a page of it that is initialised
   * on one side and all-zero on the other: {@code visibilitymap_pin} makes the file before there is
   * a bit to set, and {@code vm_readbuf} initialises the page, all without WAL ({@code
   * visibilitymap.c}). In 14, REFRESH MATERIALIZED VIEW leaves such a map.
   */
  VISIBILITY_MAP_WITHOUT_BITS,

  /**
   * A page of a visibility map that lacks bits on the right, whose LSN is the same, or lacks all
   * bits, so that replay has none to clear and leaves its LSN alone: CREATE DATABASE with STRATEGY
   * WAL_LOG ({@code RelationCopyStorageUsingBuffer} in {@code bufmgr.c}, from 15) logs it as if it
   * were a page with a hole, and its bits lie in what counts as the hole. Replay makes an empty map
   * of it, so that the left directory must be the server's own.
   */
  VISIBILITY_MAP_LOST_BY_COPY
}
