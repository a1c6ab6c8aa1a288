package org.walfmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Timelines, versions and places. */
class RootTypesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 00000000, false",
    "1, 00000001, false",
    "2147483647, 7FFFFFFF, false",
    "2147483648, 80000000, true",
    "4294967295, FFFFFFFF, true"
  })
  void aTimelineIsAnUnsignedNumber(long number, String hex, boolean ofSeries) {
    TimelineId timeline = TimelineId.of(number);
    assertThat(timeline.number()).isEqualTo(number);
    assertThat(timeline).hasToString(Long.toString(number));
    assertThat(timeline.toHex()).isEqualTo(hex);
    assertThat(timeline.isOfSeries()).isEqualTo(ofSeries);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 4294967296L, Long.MIN_VALUE, Long.MAX_VALUE})
  void otherNumbersAreNoTimelines(long number) {
    assertThatThrownBy(() -> TimelineId.of(number))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeline " + number + " is out of range");
  }

  @Test
  void timelinesAreOrderedAsUnsignedNumbers() {
    assertThat(new TimelineId(1))
        .isLessThan(new TimelineId(2))
        .isLessThan(TimelineId.FIRST_OF_SERIES);
    assertThat(TimelineId.FIRST_OF_SERIES).isLessThan(TimelineId.of(0xFFFF_FFFFL));
  }

  @ParameterizedTest
  @CsvSource({
    "13, D106, 1300, 202007201",
    "14, D10D, 1300, 202107181",
    "15, D110, 1300, 202209061",
    "16, D113, 1300, 202307071",
    "17, D116, 1700, 202406281",
    "18, D118, 1800, 202506291"
  })
  void eachMajorHasItsNumbers(int major, String magic, int control, int catalog) {
    PgVersion version = PgVersion.ofMajor(major).orElseThrow();
    assertThat(version.major()).isEqualTo(major);
    assertThat(version).hasToString(Integer.toString(major));
    assertThat(version.walMagic()).isEqualTo(Integer.parseInt(magic, 16));
    assertThat(version.controlVersion()).isEqualTo(control);
    assertThat(version.catalogVersion()).isEqualTo(catalog);
    assertThat(version.tablespaceVersionDirectory()).isEqualTo("PG_" + major + "_" + catalog);
    assertThat(PgVersion.ofWalMagic(version.walMagic())).contains(version);
    assertThat(PgVersion.ofCatalogVersion(catalog)).contains(version);
  }

  @Test
  void otherMajorsAreNotSupported() {
    assertThat(PgVersion.ofMajor(12)).isEmpty();
    assertThat(PgVersion.ofMajor(19)).isEmpty();
    assertThat(PgVersion.ofWalMagic(0xD101)).isEmpty();
    assertThat(PgVersion.ofWalMagic(0)).isEmpty();
    assertThat(PgVersion.ofCatalogVersion(202307072)).isEmpty();
  }

  @Test
  void versionsAreOrdered() {
    assertThat(PgVersion.V15.isAtLeast(PgVersion.V14)).isTrue();
    assertThat(PgVersion.V15.isAtLeast(PgVersion.V15)).isTrue();
    assertThat(PgVersion.V15.isAtLeast(PgVersion.V16)).isFalse();
  }

  @Test
  void aPlaceNamesFileLsnAndOffset() {
    WalPosition at = new WalPosition("000000010000000000000004", Lsn.parse("0/4002000"), 8192);
    assertThat(new CorruptWalException("unexpected pageaddr 0/3002000", at))
        .hasMessage(
            "unexpected pageaddr 0/3002000 in WAL segment 000000010000000000000004,"
                + " LSN 0/4002000, offset 8192");
  }
}
