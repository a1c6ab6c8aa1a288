package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.WalFormatException;
import org.walfmt.segment.StreamIdentity;

/** No damage to a series goes unnoticed: no byte is free. */
class EveryByteTest {
  private static final int SIZE = 1 << 20;
  private static final long SEED = 20261124;

  private static StreamIdentity identity(PgVersion version) {
    return new StreamIdentity(version, new SegmentSize(SIZE), 7711635449941887756L);
  }

  private static void assertNoticed(SyntheticSeries series, String damage, Object where) {
    Throwable verdict = catchThrowable(() -> SyntheticSeries.verify(series.wal, series.identity));
    // Not through AssertJ's description: that would format some hundred thousand of them.
    if (!(verdict instanceof WalFormatException)) {
      throw new AssertionError(damage + " at " + where + ": " + verdict, verdict);
    }
  }

  private static void flip(SyntheticSeries series, ByteBuffer segment, int at, int bit) {
    byte original = segment.get(at);
    segment.put(at, (byte) (original ^ 1 << bit));
    assertNoticed(series, "bit " + bit + " flipped", at);
    segment.put(at, original);
  }

  /** One past the last byte that is not zero. */
  private static int contentEnd(ByteBuffer segment) {
    int end = SIZE;
    while (segment.get(end - 1) == 0) {
      end--;
    }
    return end;
  }

  @ParameterizedTest
  @EnumSource(
      value = PgVersion.class,
      names = {"V13", "V18"})
  void everyFlippedByteIsNoticed(PgVersion version) throws IOException {
    SyntheticSeries series = SyntheticSeries.write(identity(version), 3, 3000, SEED);
    ByteBuffer segment = series.wal.segment(Lsn.parse("0/500000"));
    Random random = new Random(SEED + version.major());
    int end = contentEnd(segment);
    assertThat(end).isBetween(8192, 3 * 8192);
    SyntheticSeries.verify(series.wal, series.identity);
    for (int at = 0; at < end; at++) {
      flip(series, segment, at, random.nextInt(8));
    }
    for (int at = end; at < SIZE; at += at % 8192 < 40 ? 8 : 1 + random.nextInt(4000)) {
      flip(series, segment, at, random.nextInt(8));
    }
    flip(series, segment, SIZE - 1, 7);
    SyntheticSeries.verify(series.wal, series.identity);
  }

  @Test
  void everyCutIsNoticed() throws IOException {
    SyntheticSeries series = SyntheticSeries.write(identity(PgVersion.V15), 3, 3000, SEED);
    ByteBuffer segment = series.wal.segment(Lsn.parse("0/500000"));
    Random random = new Random(SEED);
    int end = contentEnd(segment) + 100;
    for (int length = 0; length < SIZE; length += length < end ? 1 : 1 + random.nextInt(2000)) {
      segment.limit(length);
      assertNoticed(series, "cut", length);
    }
    segment.limit(SIZE - 1);
    assertNoticed(series, "cut", SIZE - 1);
  }

  @Test
  void swappedSegmentsAreNoticed() throws IOException {
    SyntheticSeries series = SyntheticSeries.write(identity(PgVersion.V16), 10, 2 * SIZE, SEED);
    assertThat(series.wal.segments()).hasSize(3);
    ByteBuffer first = series.wal.segments().get(5L);
    ByteBuffer second = series.wal.segments().get(6L);
    series.wal.segments().put(5L, second);
    series.wal.segments().put(6L, first);
    assertNoticed(series, "swap", 5);
    series.wal.segments().put(5L, first);
    assertNoticed(series, "first segment instead of the second", 6);
    series.wal.segments().remove(6L);
    assertNoticed(series, "missing segment", 6);
    series.wal.segments().put(6L, second);
    SyntheticSeries.verify(series.wal, series.identity);
  }

  /** Both series have the same layout, the same notes and the same previous LSNs everywhere. */
  @Test
  void aSegmentOfAnotherSeriesIsNoticed() throws IOException {
    SyntheticSeries series = SyntheticSeries.write(identity(PgVersion.V16), 0, 2 * SIZE, 1);
    SyntheticSeries other = SyntheticSeries.write(identity(PgVersion.V16), 0, 2 * SIZE, 2);
    assertThat(other.end.endLsn()).isEqualTo(series.end.endLsn());
    for (long number = 5; number <= 7; number++) {
      ByteBuffer own = series.wal.segments().put(number, other.wal.segments().get(number));
      assertNoticed(series, "segment of another series", number);
      series.wal.segments().put(number, own);
    }
    SyntheticSeries.verify(series.wal, series.identity);
  }

  @Test
  void everyFlippedByteOfACommitIsNoticed() throws IOException {
    CommitFile commit = SyntheticSeries.write(identity(PgVersion.V15), 3, 3000, SEED).commit();
    byte[] bytes = commit.encode();
    assertThat(CommitFile.decode(commit.id(), bytes).endLsn()).isEqualTo(commit.endLsn());
    for (int at = 0; at < bytes.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte original = bytes[at];
        bytes[at] ^= (byte) (1 << bit);
        assertThatThrownBy(() -> CommitFile.decode(commit.id(), bytes))
            .isInstanceOf(CorruptWalException.class);
        bytes[at] = original;
      }
    }
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> CommitFile.decode(commit.id(), cut))
          .isInstanceOf(CorruptWalException.class);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> CommitFile.decode(commit.id(), longer))
        .isInstanceOf(CorruptWalException.class);
  }

  @Test
  void aCommitUnderAnotherNameIsNoticed() throws IOException {
    CommitFile commit = SyntheticSeries.write(identity(PgVersion.V15), 3, 3000, SEED).commit();
    BackupId other = new BackupId("8CF012350000000000000005");
    assertThatThrownBy(() -> CommitFile.decode(other, commit.encode()))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining(
            "commit file \"8CF012350000000000000005.00000028.backup\": wrong last segment");
  }
}
