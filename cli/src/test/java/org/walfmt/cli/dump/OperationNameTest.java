package org.walfmt.cli.dump;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.PgVersion;

class OperationNameTest {
  @ParameterizedTest
  @CsvSource({
    "V13, Heap2, 10, CLEAN",
    "V14, Heap2, 10, PRUNE",
    "V16, Heap2, 30, FREEZE_PAGE",
    "V17, Heap2, 30, PRUNE_VACUUM_CLEANUP",
    "V18, Heap2, D0, MULTI_INSERT+INIT",
    "V13, Database, 10, DROP",
    "V15, Database, 10, CREATE_WAL_LOG",
    "V16, XLOG, E0, UNKNOWN (e0)",
    "V17, XLOG, E0, CHECKPOINT_REDO",
    "V13, Transaction, 60, UNKNOWN (60)",
    "V14, Transaction, E0, INVALIDATION",
    "V15, Transaction, 80, COMMIT",
    "V13, CommitTs, 20, SETTS",
    "V14, CommitTs, 20, UNKNOWN (20)",
    "V18, Generic, 00, Generic",
    "V18, Heap, C1, HOT_UPDATE+INIT",
    "V18, custom128, 10, UNKNOWN (10)",
  })
  void isThatOfTheVersion(PgVersion version, String rmgr, String info, String name) {
    int rmid = RmgrName.parse(rmgr).orElseThrow();
    assertThat(new OperationName(version).of(rmid, Integer.parseInt(info, 16))).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({"heap, 10", "HEAP2, 9", "custom255, 255"})
  void managersAreFoundWhateverTheCase(String name, int rmid) {
    assertThat(RmgrName.parse(name)).hasValue(rmid);
  }

  @ParameterizedTest
  @CsvSource({"Heap3", "custom127", "custom256", "''"})
  void othersAreNone(String name) {
    assertThat(RmgrName.parse(name)).isEmpty();
  }
}
