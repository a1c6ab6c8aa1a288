package org.walfmt.writer.connect;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TargetSessionTest {

  @Test
  void aReadWritePrimarySuitsWhoeverDoesNotWantLess() {
    assertThat(TargetSession.ANY.objection(false, false)).isEmpty();
    assertThat(TargetSession.READ_WRITE.objection(false, false)).isEmpty();
    assertThat(TargetSession.PRIMARY.objection(false, false)).isEmpty();
    assertThat(TargetSession.READ_ONLY.objection(false, false))
        .contains("session is not read-only");
    assertThat(TargetSession.STANDBY.objection(false, false))
        .contains("server is not in hot standby mode");
    assertThat(TargetSession.PREFER_STANDBY.objection(false, false))
        .contains("server is not in hot standby mode");
  }

  @Test
  void aStandbySuitsWhoeverDoesNotWrite() {
    assertThat(TargetSession.ANY.objection(true, false)).isEmpty();
    assertThat(TargetSession.READ_ONLY.objection(true, false)).isEmpty();
    assertThat(TargetSession.STANDBY.objection(true, false)).isEmpty();
    assertThat(TargetSession.PREFER_STANDBY.objection(true, false)).isEmpty();
    assertThat(TargetSession.READ_WRITE.objection(true, false)).contains("session is read-only");
    assertThat(TargetSession.PRIMARY.objection(true, false))
        .contains("server is in hot standby mode");
  }

  @Test
  void aPrimaryWithReadOnlyTransactionsIsReadOnlyButNoStandby() {
    assertThat(TargetSession.READ_ONLY.objection(false, true)).isEmpty();
    assertThat(TargetSession.PRIMARY.objection(false, true)).isEmpty();
    assertThat(TargetSession.READ_WRITE.objection(false, true)).contains("session is read-only");
  }
}
