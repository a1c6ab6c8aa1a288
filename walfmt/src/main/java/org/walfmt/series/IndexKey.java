package org.walfmt.series;

import java.util.ArrayList;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;
import org.walfmt.record.BlockReference;

/** One key of the index of a series: what begins at an LSN (rule INDEX-3). */
sealed interface IndexKey {
  /** Where the record begins. */
  Lsn lsn();

  void encode(JsonText json);

  /** The first block record that begins in a segment. */
  record Block(long tablespace, long database, long relation, long fork, long number, Lsn lsn)
      implements IndexKey {
    /** The key of the block record at which {@code cursor} stands. */
    static Block of(SeriesCursor cursor) {
      BlockReference block = cursor.block();
      return new Block(
          Integer.toUnsignedLong(block.tablespace()),
          Integer.toUnsignedLong(block.database()),
          Integer.toUnsignedLong(block.relation()),
          block.fork(),
          Integer.toUnsignedLong(block.number()),
          cursor.lsn());
    }

    @Override
    public void encode(JsonText json) {
      json.number("tablespace", tablespace)
          .number("database", database)
          .number("relation", relation)
          .number("fork", fork)
          .number("block", number)
          .lsn("lsn", lsn);
    }
  }

  /** The first file note that begins in a segment. */
  record File(String path, Lsn lsn) implements IndexKey {
    @Override
    public void encode(JsonText json) {
      json.string("path", path).lsn("lsn", lsn);
    }
  }

  /** Reads the message of an index note after the first. */
  static List<IndexKey> decode(byte[] message, WalPosition where) throws WalFormatException {
    JsonFields json = JsonFields.parse(message, where);
    List<IndexKey> keys = new ArrayList<>();
    for (JsonFields object : json.objects("keys")) {
      keys.add(decode(object));
    }
    json.done();
    return keys;
  }

  private static IndexKey decode(JsonFields json) throws WalFormatException {
    IndexKey key =
        json.has("path")
            ? new File(json.string("path"), json.lsn("lsn"))
            : new Block(
                json.uint32("tablespace"),
                json.uint32("database"),
                json.uint32("relation"),
                json.number("fork", 3),
                json.uint32("block"),
                json.lsn("lsn"));
    json.done();
    return key;
  }
}
