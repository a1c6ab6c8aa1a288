package org.walfmt.tests.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.tests.kit.Cluster;

/**
 * A page of a real relation, with one bit that holds user data and one that is only a hint.
 *
 * @param path of the file in the data directory
 * @param block number in the fork
 * @param payload a bit that no mask hides
 * @param hint a bit that the mask of this kind hides
 */
record FlippedPage(Path data, String path, long block, Bit payload, Bit hint) {
  /** Bits of one byte of a page. */
  record Bit(int offset, int bits) {}

  private static final int LP_DEAD_BIT = 0x01; // of the third byte: from LP_NORMAL to LP_DEAD
  private static final int T_INFOMASK_HIGH = 21;
  private static final int HEAP_XMIN_COMMITTED_HIGH = 0x01;
  private static final int HEAP_XMIN_INVALID_HIGH = 0x02;
  private static final int PD_HAS_FREE_LINES = 1;
  private static final int BRIN_PAGETYPE_REGULAR = 0xF093;
  private static final int FIRST_CONTENT_OF_BLOOM = 30;

  /**
   * A table of one row that nothing has frozen, so that it has a hint bit to flip; created just
   * before the LSN that is replayed to.
   */
  static final String FRESH_TABLE = "CREATE TABLE fresh AS SELECT 1 AS a";

  /** One page for each kind, of the relations of {@link EveryKindLoad} and of the fresh table. */
  static List<FlippedPage> ofEveryKind(Cluster source, Path data) throws IOException {
    List<FlippedPage> pages = new ArrayList<>();
    for (String relation :
        List.of(
            "fresh",
            "every",
            "every_pkey",
            "every_hash",
            "every_gin",
            "every_gist",
            "every_spgist",
            "every_brin",
            "every_bloom",
            "every_sequence")) {
      pages.add(
          find(data, source.query("SELECT pg_relation_filepath('" + relation + "')"), relation));
    }
    String toast =
        "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'every'";
    pages.add(find(data, source.query(toast), "toast"));
    return pages;
  }

  private static FlippedPage find(Path data, String path, String relation) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(Pages.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(data.resolve(path), StandardOpenOption.READ)) {
      for (long block = 0; block < channel.size() / Pages.SIZE; block++) {
        page.clear();
        while (page.hasRemaining()
            && channel.read(page, block * Pages.SIZE + page.position()) >= 0) {
          // reads on
        }
        if (suits(relation, page, block)) {
          return new FlippedPage(data, path, block, payload(relation, page), hint(relation, page));
        }
      }
    }
    throw new AssertionError("no page of " + relation + " has an item to flip");
  }

  private static boolean suits(String relation, ByteBuffer page, long block) {
    if (relation.equals("every_bloom")) {
      return block > 0 && Pages.lower(page) > FIRST_CONTENT_OF_BLOOM;
    }
    int itemId = page.getInt(Pages.itemIdOffset(1));
    boolean hasItem =
        Pages.itemCount(page) > 0
            && Pages.itemOffset(itemId) >= Pages.upper(page)
            && Pages.itemOffset(itemId) + Pages.itemLength(itemId) <= Pages.special(page)
            && Pages.itemFlags(itemId) == Pages.LP_NORMAL;
    int special = Pages.special(page);
    return hasItem
        && switch (relation) {
          case "fresh" ->
              (page.get(Pages.itemOffset(itemId) + T_INFOMASK_HIGH) & HEAP_XMIN_INVALID_HIGH) == 0;
          case "every_pkey", "every_gist" -> (page.get(special + 12) & 1) == 1;
          case "every_hash" -> (page.get(special + 12) & 2) == 2;
          case "every_brin" -> Pages.u16(page, special + 6) == BRIN_PAGETYPE_REGULAR;
          default -> true;
        };
  }

  private static Bit payload(String relation, ByteBuffer page) {
    if (relation.equals("every_bloom")) {
      return new Bit(FIRST_CONTENT_OF_BLOOM, 1);
    }
    int itemId = page.getInt(Pages.itemIdOffset(1));
    int end = Pages.itemOffset(itemId) + Pages.itemLength(itemId);
    // The end of a sequence's tuple is is_called; last_value begins 17 bytes before.
    return new Bit(relation.equals("every_sequence") ? end - 17 : end - 1, 1);
  }

  private static Bit hint(String relation, ByteBuffer page) {
    int itemId = page.getInt(Pages.itemIdOffset(1));
    return switch (relation) {
      case "fresh" -> new Bit(Pages.itemOffset(itemId) + T_INFOMASK_HIGH, HEAP_XMIN_COMMITTED_HIGH);
      case "every_pkey", "every_hash", "every_gist" ->
          new Bit(Pages.itemIdOffset(1) + 2, LP_DEAD_BIT);
      case "every_sequence", "every_bloom" -> new Bit(Pages.PD_CHECKSUM, 1);
      default -> new Bit(Pages.PD_FLAGS, PD_HAS_FREE_LINES);
    };
  }

  /** Flips bits in the file; a second time flips them back. */
  void flip(Bit bit) throws IOException {
    try (FileChannel channel =
        FileChannel.open(data.resolve(path), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long position = block * Pages.SIZE + bit.offset();
      ByteBuffer one = ByteBuffer.allocate(1);
      if (channel.read(one, position) != 1) {
        throw new IOException("no byte at " + position);
      }
      one.put(0, (byte) (one.get(0) ^ bit.bits())).flip();
      channel.write(one, position);
    }
  }

  @Override
  public String toString() {
    return path + " block " + block;
  }
}
