package org.walfmt.cli.dump;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.WalReader;

/**
 * Which records are shown; those that fit all that is given, as in {@code pg_waldump}.
 *
 * @param rmids empty for all managers
 * @param xid null for all transactions
 * @param relation null for all relations
 * @param block null for all blocks, unsigned 32 bits
 * @param fork null for all forks
 * @param fullPage only records with a page image
 */
public record RecordFilter(
    Set<Integer> rmids,
    @Nullable Long xid,
    @Nullable RelFileLocator relation,
    @Nullable Long block,
    @Nullable ForkNumber fork,
    boolean fullPage) {

  boolean accepts(WalReader wal, DecodedRecord record) {
    return (rmids.isEmpty() || rmids.contains(wal.rmid()))
        && (xid == null || xid == RecordHeader.xid(wal.buffer(), wal.offset()))
        && (!fullPage || hasImage(record))
        && (isAnyBlock() || refersToBlock(record));
  }

  private boolean isAnyBlock() {
    return relation == null && block == null && fork == null;
  }

  private static boolean hasImage(DecodedRecord record) {
    for (int i = 0; i < record.blockCount(); i++) {
      if (record.block(i).hasImage()) {
        return true;
      }
    }
    return false;
  }

  private boolean refersToBlock(DecodedRecord record) {
    for (int i = 0; i < record.blockCount(); i++) {
      BlockReference reference = record.block(i);
      if ((relation == null || isOf(relation, reference))
          && (block == null || block == Integer.toUnsignedLong(reference.number()))
          && (fork == null || fork.number() == reference.fork())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOf(RelFileLocator relation, BlockReference reference) {
    return relation.tablespace() == Integer.toUnsignedLong(reference.tablespace())
        && relation.database() == Integer.toUnsignedLong(reference.database())
        && relation.relation() == Integer.toUnsignedLong(reference.relation());
  }
}
