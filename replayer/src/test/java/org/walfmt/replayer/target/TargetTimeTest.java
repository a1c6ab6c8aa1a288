package org.walfmt.replayer.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times that mean the same whatever the restored server's settings are. */
class TargetTimeTest {
  @ParameterizedTest
  @CsvSource({
    "2026-11-24 12:00:00+00, 2026-11-24T12:00:00Z",
    "2026-11-24 12:00:00.123456+00, 2026-11-24T12:00:00.123456Z",
    "2026-11-24T12:00:00Z, 2026-11-24T12:00:00Z",
    "2026-11-24 12:00:00 UTC, 2026-11-24T12:00:00Z",
    "2026-11-24 12:00 +01:30, 2026-11-24T10:30:00Z",
    "2026-11-24 12:00:00-0330, 2026-11-24T15:30:00Z",
    "2026-11-24 12:00:00-00:30, 2026-11-24T12:30:00Z",
    "2026-11-24 12:00:00+05:53:28, 2026-11-24T06:06:32Z",
    "2026-11-24 +02, 2026-11-23T22:00:00Z",
    "2026-07-01 12:00:00 Europe/Vienna, 2026-07-01T10:00:00Z",
    "2026-11-24 12:00:00 Etc/GMT+5, 2026-11-24T17:00:00Z"
  })
  void readsDateTimeAndZone(String text, Instant time) {
    assertThat(TargetTime.parse(text)).contains(time);
  }

  /** The session's zone, its order of day and month, or its list of abbreviations would decide. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-24 12:00:00",
        "2026-11-24",
        "24.11.2026 12:00:00+00",
        "2026-11-24 12:00:00 EST",
        "2026-11-24 12:00:00 UTC+3",
        "2026-11-24 12:00:00 Nowhere/City",
        "2026-02-30 12:00:00+00",
        "2026-11-24 25:00:00+00",
        "2026-11-24 12:00:00+19",
        "yesterday",
        ""
      })
  void leavesTheRestToTheServer(String text) {
    assertThat(TargetTime.parse(text)).isEmpty();
  }
}
