package org.walfmt.summary;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;

/**
 * Takes from each WAL record which blocks it changed, and what it created, cut or removed
 * (reference, section 14). Source: {@code walsummarizer.c} of PostgreSQL 17 and 18; opcodes of 13
 * to 16 from {@code dbcommands_xlog.h}, {@code storage_xlog.h}, {@code xact.h} of those.
 */
public final class RecordChanges {
  private static final int RM_XLOG = Rmgr.XLOG;
  private static final int RM_XACT = 1;
  private static final int RM_SMGR = 2;
  private static final int RM_DBASE = 4;

  private static final int CHECKPOINT_SHUTDOWN = 0x00;
  private static final int CHECKPOINT_ONLINE = 0x10;
  private static final int PARAMETER_CHANGE = 0x60;
  private static final int END_OF_RECOVERY = 0x90;
  private static final int CHECKPOINT_REDO = 0xE0;
  private static final int CHECKPOINT_WAL_LEVEL = 20;
  private static final int PARAMETER_WAL_LEVEL = 20;
  private static final int END_OF_RECOVERY_WAL_LEVEL = 16;
  private static final int WAL_LEVEL_MINIMAL = 0;

  private static final int SMGR_CREATE = 0x10;
  private static final int SMGR_TRUNCATE = 0x20;
  private static final int TRUNCATE_HEAP = 0x1;
  private static final int TRUNCATE_VM = 0x2;

  private static final int MAIN = 0;
  private static final int FSM = 1;
  private static final int VM = 2;
  private static final int INIT = 3;

  /** Heap blocks per page of the visibility map: {@code HEAPBLOCKS_PER_PAGE}. */
  private static final long HEAP_BLOCKS_PER_VM_PAGE = 32672;

  private static final int LOCATOR = 12;

  private final PgVersion version;
  private final BlockChanges changes;
  private final boolean mainForksOnly;
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int main;
  private int length;
  private boolean isWhole;
  private @Nullable WalPosition minimalWalLevel;
  private final BitSet seenManagers = new BitSet();
  private final SortedMap<Integer, WalPosition> customManagers = new TreeMap<>();

  /**
   * Adds to {@code changes}, for WAL of {@code version}.
   *
   * @param mainForksOnly whether nothing is kept of other forks, which backups take whole
   */
  public RecordChanges(PgVersion version, BlockChanges changes, boolean mainForksOnly) {
    this.mainForksOnly = mainForksOnly;
    this.version = version;
    this.changes = changes;
  }

  /** Whether a record told that {@code wal_level} is minimal: its WAL does not tell all changes. */
  public boolean sawMinimalWalLevel() {
    return minimalWalLevel != null;
  }

  /** The first record that told so; null if none did. */
  public @Nullable WalPosition minimalWalLevel() {
    return minimalWalLevel;
  }

  /**
   * The extensions' resource managers that were seen, each with its first record. What their
   * records change but do not name is not known.
   */
  public SortedMap<Integer, WalPosition> customManagers() {
    return Collections.unmodifiableSortedMap(customManagers);
  }

  /**
   * Takes the next record.
   *
   * @param isWhole whether all its bytes are in the buffer
   * @throws UnsupportedWalException if what it did to relation files cannot be known
   */
  public void add(
      ByteBuffer buffer,
      DecodedRecord record,
      int rmid,
      int info,
      boolean isWhole,
      Supplier<WalPosition> where)
      throws WalFormatException {
    this.buffer = buffer;
    this.main = record.mainOffset();
    this.length = record.mainLength();
    this.isWhole = isWhole;
    int op = info & RecordHeader.RMGR_INFO_MASK;
    if (rmid == RM_XLOG) {
      xlog(op, where);
    }
    boolean known =
        switch (rmid) {
          case RM_XACT -> transaction(info, where);
          case RM_SMGR -> storage(op, where);
          case RM_DBASE -> database(op, where);
          default -> (info & RecordHeader.SPECIAL_REL_UPDATE) == 0;
        };
    if (!known) {
      throw new UnsupportedWalException(
          String.format(
              "record of resource manager %d, info %02X changes relation files in an unknown way",
              rmid, info),
          where.get());
    }
    if (rmid >= Rmgr.MIN_CUSTOM && !seenManagers.get(rmid)) {
      seenManagers.set(rmid);
      customManagers.put(rmid, where.get());
    }
    for (int i = 0; i < record.blockCount(); i++) {
      BlockReference block = record.block(i);
      if (isKept(block.fork())) {
        changes.mark(
            block.tablespace(), block.database(), block.relation(), block.fork(), block.number());
      }
    }
  }

  private void need(int bytes, Supplier<WalPosition> where) throws WalFormatException {
    needWhole(where);
    if (length < bytes) {
      throw new CorruptWalException(
          "main data has " + length + " bytes, expected " + bytes, where.get());
    }
  }

  private void needWhole(Supplier<WalPosition> where) throws UnsupportedWalException {
    if (!isWhole) {
      throw new UnsupportedWalException(
          "record with " + length + " bytes of main data is too long to tell what it changes",
          where.get());
    }
  }

  private void xlog(int op, Supplier<WalPosition> where) throws WalFormatException {
    boolean tells = version.isAtLeast(PgVersion.V17);
    switch (op) {
      case CHECKPOINT_SHUTDOWN, CHECKPOINT_ONLINE -> {
        if (tells) {
          walLevel(CHECKPOINT_WAL_LEVEL, where);
        }
      }
      case PARAMETER_CHANGE -> walLevel(PARAMETER_WAL_LEVEL, where);
      case END_OF_RECOVERY -> {
        if (tells) {
          walLevel(END_OF_RECOVERY_WAL_LEVEL, where);
        }
      }
      case CHECKPOINT_REDO -> {
        if (tells) {
          walLevel(0, where);
        }
      }
      default -> {
        // names its blocks, or changes none
      }
    }
  }

  private void walLevel(int offset, Supplier<WalPosition> where) throws WalFormatException {
    need(offset + Integer.BYTES, where);
    if (minimalWalLevel == null && buffer.getInt(main + offset) == WAL_LEVEL_MINIMAL) {
      minimalWalLevel = where.get();
    }
  }

  private boolean storage(int op, Supplier<WalPosition> where) throws WalFormatException {
    if (op == SMGR_CREATE) {
      need(LOCATOR + Integer.BYTES, where);
      int fork = buffer.getInt(main + LOCATOR);
      if (fork < MAIN || fork > INIT) {
        throw new CorruptWalException("invalid fork number " + fork, where.get());
      }
      cut(main, fork, 0);
      return true;
    } else if (op == SMGR_TRUNCATE) {
      need(Integer.BYTES + LOCATOR + Integer.BYTES, where);
      long blocks = Integer.toUnsignedLong(buffer.getInt(main));
      int locator = main + Integer.BYTES;
      int flags = buffer.getInt(locator + LOCATOR);
      if ((flags & TRUNCATE_HEAP) != 0) {
        cut(locator, MAIN, blocks);
      }
      if ((flags & TRUNCATE_VM) != 0) {
        cut(locator, VM, (blocks + HEAP_BLOCKS_PER_VM_PAGE - 1) / HEAP_BLOCKS_PER_VM_PAGE);
      }
      return true;
    }
    return false;
  }

  /** A free-space map is not fully logged: nothing can be told of it. */
  private boolean isKept(int fork) {
    return fork == MAIN || (fork != FSM && !mainForksOnly);
  }

  private void cut(int locator, int fork, long blocks) {
    if (!isKept(fork)) {
      return;
    }
    changes.cut(
        buffer.getInt(locator),
        buffer.getInt(locator + 4),
        buffer.getInt(locator + 8),
        fork,
        blocks);
  }

  private boolean database(int op, Supplier<WalPosition> where) throws WalFormatException {
    boolean is15 = version.isAtLeast(PgVersion.V15);
    int drop = is15 ? 0x20 : 0x10;
    if (op == 0x00 || (is15 && op == 0x10)) {
      need(8, where);
      changes.newDirectory(buffer.getInt(main + 4), buffer.getInt(main));
      return true;
    } else if (op == drop) {
      need(8, where);
      long count = Integer.toUnsignedLong(buffer.getInt(main + 4));
      if (count > (length - 8) / Integer.BYTES) {
        throw new CorruptWalException("list of " + count + " tablespaces is cut off", where.get());
      }
      for (int i = 0; i < count; i++) {
        changes.newDirectory(buffer.getInt(main + 8 + 4 * i), buffer.getInt(main));
      }
      return true;
    }
    return false;
  }

  /** Commit and abort records list the relations whose files they remove. */
  private boolean transaction(int info, Supplier<WalPosition> where) throws WalFormatException {
    TransactionRecord record = new TransactionRecord(buffer, main, length, info);
    if (!record.ends()) {
      return (info & RecordHeader.SPECIAL_REL_UPDATE) == 0;
    }
    needWhole(where);
    int relations = record.findRelations(where);
    for (int i = 0; i < relations; i++) {
      int locator = record.relationsOffset() + i * LOCATOR;
      cut(locator, MAIN, 0);
      cut(locator, VM, 0);
      cut(locator, INIT, 0);
    }
    return true;
  }
}
