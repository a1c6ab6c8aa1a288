package org.walfmt.cli.dump;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.PgVersion;

/**
 * Names of the operations of each resource manager, as {@code rm_identify} gives them.
 *
 * <p>Source: the {@code ..._identify} functions in {@code src/backend/access/rmgrdesc}, PostgreSQL
 * 13 to 18.
 */
public final class OperationName {
  /** One operation a word: upper half of {@code xl_info}, name, and the majors if not all. */
  private static final String TABLE =
      """
      XLOG 00:CHECKPOINT_SHUTDOWN 10:CHECKPOINT_ONLINE 20:NOOP 30:NEXTOID 40:SWITCH 50:BACKUP_END
      XLOG 60:PARAMETER_CHANGE 70:RESTORE_POINT 80:FPW_CHANGE 90:END_OF_RECOVERY A0:FPI_FOR_HINT
      XLOG B0:FPI D0:OVERWRITE_CONTRECORD E0:CHECKPOINT_REDO:17-18
      Transaction 00:COMMIT 10:PREPARE 20:ABORT 30:COMMIT_PREPARED 40:ABORT_PREPARED
      Transaction 50:ASSIGNMENT 60:INVALIDATION:14-18
      Storage 10:CREATE 20:TRUNCATE
      CLOG 00:ZEROPAGE 10:TRUNCATE
      Database 00:CREATE:13-14 10:DROP:13-14
      Database 00:CREATE_FILE_COPY:15-18 10:CREATE_WAL_LOG:15-18 20:DROP:15-18
      Tablespace 00:CREATE 10:DROP
      MultiXact 00:ZERO_OFF_PAGE 10:ZERO_MEM_PAGE 20:CREATE_ID 30:TRUNCATE_ID
      RelMap 00:UPDATE
      Standby 00:LOCK 10:RUNNING_XACTS 20:INVALIDATIONS
      Heap2 00:REWRITE 40:VISIBLE 50:MULTI_INSERT D0:MULTI_INSERT+INIT 60:LOCK_UPDATED 70:NEW_CID
      Heap2 10:CLEAN:13-13 20:FREEZE_PAGE:13-13 30:CLEANUP_INFO:13-13
      Heap2 10:PRUNE:14-16 20:VACUUM:14-16 30:FREEZE_PAGE:14-16
      Heap2 10:PRUNE_ON_ACCESS:17-18 20:PRUNE_VACUUM_SCAN:17-18 30:PRUNE_VACUUM_CLEANUP:17-18
      Heap 00:INSERT 80:INSERT+INIT 10:DELETE 20:UPDATE A0:UPDATE+INIT 30:TRUNCATE 40:HOT_UPDATE
      Heap C0:HOT_UPDATE+INIT 50:HEAP_CONFIRM 60:LOCK 70:INPLACE
      Btree 00:INSERT_LEAF 10:INSERT_UPPER 20:INSERT_META 30:SPLIT_L 40:SPLIT_R 50:INSERT_POST
      Btree 60:DEDUP 70:DELETE 80:UNLINK_PAGE 90:UNLINK_PAGE_META A0:NEWROOT B0:MARK_PAGE_HALFDEAD
      Btree C0:VACUUM D0:REUSE_PAGE E0:META_CLEANUP
      Hash 00:INIT_META_PAGE 10:INIT_BITMAP_PAGE 20:INSERT 30:ADD_OVFL_PAGE 40:SPLIT_ALLOCATE_PAGE
      Hash 50:SPLIT_PAGE 60:SPLIT_COMPLETE 70:MOVE_PAGE_CONTENTS 80:SQUEEZE_PAGE 90:DELETE
      Hash A0:SPLIT_CLEANUP B0:UPDATE_META_PAGE C0:VACUUM_ONE_PAGE
      Gin 10:CREATE_PTREE 20:INSERT 30:SPLIT 40:VACUUM_PAGE 50:DELETE_PAGE 60:UPDATE_META_PAGE
      Gin 70:INSERT_LISTPAGE 80:DELETE_LISTPAGE 90:VACUUM_DATA_LEAF_PAGE
      Gist 00:PAGE_UPDATE 10:DELETE 20:PAGE_REUSE 30:PAGE_SPLIT 60:PAGE_DELETE 70:ASSIGN_LSN
      Sequence 00:LOG
      SPGist 10:ADD_LEAF 20:MOVE_LEAFS 30:ADD_NODE 40:SPLIT_TUPLE 50:PICKSPLIT 60:VACUUM_LEAF
      SPGist 70:VACUUM_ROOT 80:VACUUM_REDIRECT
      BRIN 00:CREATE_INDEX 10:INSERT 90:INSERT+INIT 20:UPDATE A0:UPDATE+INIT 30:SAMEPAGE_UPDATE
      BRIN 40:REVMAP_EXTEND 50:DESUMMARIZE
      CommitTs 00:ZEROPAGE 10:TRUNCATE 20:SETTS:13-13
      ReplicationOrigin 00:SET 10:DROP
      LogicalMessage 00:MESSAGE
      """;

  private static final int OPERATIONS = 16;
  private static final int INFO_MASK = 0xF0;
  private static final int XACT = 1;
  private static final int XACT_OPERATION_MASK = 0x70;
  private static final int GENERIC = 20;

  private final @Nullable String[][] names = new String[RmgrName.COUNT][OPERATIONS];
  private final String[] unknown = new String[OPERATIONS];

  /** The names in WAL of {@code version}. */
  public OperationName(PgVersion version) {
    for (String line : TABLE.lines().toList()) {
      String[] words = line.split(" ", -1);
      int rmid = RmgrName.parse(words[0]).orElseThrow();
      for (int i = 1; i < words.length; i++) {
        add(rmid, words[i].split("[:-]", -1), version.major());
      }
    }
    Arrays.fill(names[GENERIC], "Generic");
    for (int operation = 0; operation < OPERATIONS; operation++) {
      unknown[operation] = "UNKNOWN (" + Integer.toHexString(operation << 4) + ")";
    }
  }

  private void add(int rmid, String[] parts, int major) {
    boolean always = parts.length == 2;
    if (always || (major >= Integer.parseInt(parts[2]) && major <= Integer.parseInt(parts[3]))) {
      names[rmid][Integer.parseInt(parts[0], 16) >> 4] = parts[1];
    }
  }

  /** The operation's name; empty if that version has none with this {@code xl_info}. */
  public Optional<String> find(int rmid, int info) {
    int operation = info & (rmid == XACT ? XACT_OPERATION_MASK : INFO_MASK);
    return Optional.ofNullable(names[rmid][operation >> 4]);
  }

  /** As {@code pg_waldump} prints it: without a name, {@code UNKNOWN (c0)}. */
  public String of(int rmid, int info) {
    int operation = info & (rmid == XACT ? XACT_OPERATION_MASK : INFO_MASK);
    return Objects.requireNonNullElse(
        names[rmid][operation >> 4], unknown[(info & INFO_MASK) >> 4]);
  }
}
