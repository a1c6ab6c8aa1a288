package org.walfmt.writer.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RelationFileNameTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 0",
    "16384, 16384, 0, 0",
    "4294967295, 4294967295, 0, 0",
    "16384_fsm, 16384, 1, 0",
    "16384_vm, 16384, 2, 0",
    "16384_init, 16384, 3, 0",
    "16384.1, 16384, 0, 1",
    "16384.32767, 16384, 0, 32767",
    "4294967295_vm.32767, 4294967295, 2, 32767"
  })
  void takesTheNamesThatAServerGives(String name, long relation, int fork, int segment) {
    long packed = RelationFileName.parse(name);
    assertThat(RelationFileName.relation(packed)).isEqualTo(relation);
    assertThat(RelationFileName.fork(packed)).isEqualTo(fork);
    assertThat(RelationFileName.segment(packed)).isEqualTo(segment);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "016384",
        "4294967296",
        "99999999999",
        "-1",
        "+1",
        " 1",
        "1 ",
        "a",
        "PG_VERSION",
        "pg_filenode.map",
        "16384_",
        "16384_main",
        "16384_FSM",
        "16384_fsm_vm",
        "16384.",
        "16384.0",
        "16384.01",
        "16384.32768",
        "16384.1.2",
        "16384.1_fsm",
        "16384_fsmx",
        "16384~",
        "t3_16384",
        "_fsm",
        ".1",
        "١٦٣٨٤"
      })
  void refusesAllOthers(String name) {
    assertThat(RelationFileName.parse(name)).isEqualTo(RelationFileName.NONE);
  }

  @Test
  void sortsByRelationThenForkThenSegment() {
    String[] inOrder = {
      "1", "1.1", "1.2", "1.10", "1_fsm", "1_fsm.1", "1_vm", "1_init", "2", "10", "4294967295"
    };
    for (int i = 1; i < inOrder.length; i++) {
      assertThat(RelationFileName.parse(inOrder[i]))
          .as(inOrder[i])
          .isGreaterThan(RelationFileName.parse(inOrder[i - 1]));
    }
  }

  @Test
  void allSegmentsOfAForkAgreeWithoutTheSegment() {
    long first = RelationFileName.withoutSegment(RelationFileName.parse("7_vm"));
    assertThat(RelationFileName.withoutSegment(RelationFileName.parse("7_vm.9"))).isEqualTo(first);
    assertThat(RelationFileName.withoutSegment(RelationFileName.parse("7"))).isNotEqualTo(first);
    assertThat(RelationFileName.withoutSegment(RelationFileName.parse("8_vm"))).isNotEqualTo(first);
  }
}
