package org.walfmt.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.PgVersion;

class RelationFileTest {
  @Test
  void namesSharedDefaultAndOtherTablespaces() {
    assertThat(new RelFileLocator(1664, 0, 1262).path(PgVersion.V15, ForkNumber.MAIN, 0))
        .isEqualTo("global/1262");
    assertThat(new RelFileLocator(1663, 5, 16384).path(PgVersion.V15, ForkNumber.FSM, 0))
        .isEqualTo("base/5/16384_fsm");
    assertThat(new RelFileLocator(16400, 5, 16384).path(PgVersion.V18, ForkNumber.VM, 12))
        .isEqualTo("pg_tblspc/16400/PG_18_202506291/5/16384_vm.12");
    assertThat(
            new RelFileLocator(4294967295L, 4294967294L, 4294967293L)
                .path(PgVersion.V13, ForkNumber.INIT, 32767))
        .isEqualTo("pg_tblspc/4294967295/PG_13_202007201/4294967294/4294967293_init.32767");
  }

  @Test
  void readsWhatItNames() {
    assertThat(RelationFile.parse("global/1262", PgVersion.V15))
        .contains(new RelationFile(new RelFileLocator(1664, 0, 1262), ForkNumber.MAIN, 0));
    assertThat(RelationFile.parse("base/5/16384_init.1", PgVersion.V15))
        .contains(new RelationFile(new RelFileLocator(1663, 5, 16384), ForkNumber.INIT, 1));
    assertThat(RelationFile.parse("pg_tblspc/16400/PG_18_202506291/5/16384_vm.12", PgVersion.V18))
        .contains(new RelationFile(new RelFileLocator(16400, 5, 16384), ForkNumber.VM, 12));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "global",
        "global/",
        "global/0",
        "global/01262",
        "global/1262.0",
        "global/1262.01",
        "global/1262.32768",
        "global/1262.99999",
        "global/1262_fsm_vm",
        "global/1262_main",
        "global/1262_FSM",
        "global/1262.1_fsm",
        "global/1262 ",
        "global/1262\n",
        "global/-1262",
        "global/+1262",
        "global/4294967296",
        "global/9999999999",
        "global/12345678901",
        "global/١٢",
        "global/5/1262",
        "global/pg_control",
        "global/pg_filenode.map",
        "/global/1262",
        "./global/1262",
        "base/16384",
        "base/0/16384",
        "base/05/16384",
        "base/5/PG_VERSION",
        "base/5/t3_16384",
        "base/5/16384.",
        "base/5//16384",
        "base/5/../16384",
        "base/4294967296/16384",
        "base/pgsql_tmp/16384",
        "pg_tblspc/16400/5/16384",
        "pg_tblspc/16400/PG_14_202107181/5/16384",
        "pg_tblspc/16400/PG_15_202209061/5/16384/1",
        "pg_tblspc/1663/PG_15_202209061/5/16384",
        "pg_tblspc/1664/PG_15_202209061/5/16384",
        "pg_tblspc/016400/PG_15_202209061/5/16384",
        "pg_tblspc/16400/PG_15_202209061/0/16384",
        "pg_wal/000000010000000000000001",
      })
  void isNoRelationFile(String path) {
    assertThat(RelationFile.parse(path, PgVersion.V15)).isEmpty();
  }

  @Test
  void parsesBackEveryPathOfSeed20() {
    Random random = new Random(20);
    for (int i = 0; i < 20_000; i++) {
      long tablespace =
          List.of(1663L, 1664L, 2000 + random.nextLong(4294960000L)).get(random.nextInt(3));
      long database = tablespace == 1664 ? 0 : random.nextLong(1, 4294967296L);
      RelFileLocator locator =
          new RelFileLocator(tablespace, database, random.nextLong(1, 4294967296L));
      PgVersion version = PgVersion.ofMajor(random.nextInt(13, 19)).orElseThrow();
      RelationFile file =
          new RelationFile(locator, ForkNumber.of(random.nextInt(4)), random.nextInt(32768));
      assertThat(RelationFile.parse(file.path(version), version)).contains(file);
    }
  }

  @Test
  void knowsItsFirstBlock() {
    RelFileLocator locator = new RelFileLocator(1663, 5, 16384);
    assertThat(new RelationFile(locator, ForkNumber.MAIN, 0).firstBlock()).isZero();
    assertThat(new RelationFile(locator, ForkNumber.MAIN, 32767).firstBlock())
        .isEqualTo(4294836224L);
  }

  @Test
  void sortsByTablespaceThenDatabaseThenRelationUnsigned() {
    List<RelFileLocator> inOrder =
        List.of(
            new RelFileLocator(1663, 1, 4294967295L),
            new RelFileLocator(1663, 5, 1),
            new RelFileLocator(1663, 5, 2147483648L),
            new RelFileLocator(1663, 2147483648L, 1),
            new RelFileLocator(1664, 0, 1),
            new RelFileLocator(4294967295L, 1, 1));
    assertThat(Stream.of(3, 0, 5, 2, 4, 1).map(inOrder::get).sorted()).isEqualTo(inOrder);
  }

  @Test
  void saysWhichLocatorsAServerCanHave() {
    assertThat(new RelFileLocator(1663, 5, 1).isValid()).isTrue();
    assertThat(new RelFileLocator(1664, 0, 1).isValid()).isTrue();
    assertThat(new RelFileLocator(1664, 5, 1).isValid()).isFalse();
    assertThat(new RelFileLocator(1663, 0, 1).isValid()).isFalse();
    assertThat(new RelFileLocator(0, 5, 1).isValid()).isFalse();
    assertThat(new RelFileLocator(1663, 5, 0).isValid()).isFalse();
  }

  @Test
  void refusesNumbersOfMoreThan32Bits() {
    assertThatThrownBy(() -> new RelFileLocator(1663, 5, 4294967296L))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not 32-bit numbers: 1663/5/4294967296");
    assertThatThrownBy(() -> new RelFileLocator(-1, 5, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesPathsOfRelationsThatCannotBe() {
    RelFileLocator shared = new RelFileLocator(1664, 5, 1);
    assertThatThrownBy(() -> shared.path(PgVersion.V15, ForkNumber.MAIN, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no relation can be 1664/5/1");
    RelFileLocator sound = new RelFileLocator(1663, 5, 1);
    assertThatThrownBy(() -> sound.path(PgVersion.V15, ForkNumber.MAIN, 32768))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no relation has a segment 32768");
  }

  @Test
  void numbersForksAsTheWalDoes() {
    assertThat(Stream.of(0, 1, 2, 3).map(ForkNumber::of))
        .containsExactly(ForkNumber.MAIN, ForkNumber.FSM, ForkNumber.VM, ForkNumber.INIT);
    assertThat(ForkNumber.INIT.number()).isEqualTo(3);
    assertThat(ForkNumber.exists(4)).isFalse();
    assertThat(ForkNumber.exists(-1)).isFalse();
    assertThatThrownBy(() -> ForkNumber.of(4)).isInstanceOf(IllegalArgumentException.class);
  }
}
