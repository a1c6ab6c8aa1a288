package org.walfmt.writer.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static Duration timeOf(RateLimit rate, int pieces, long bytes) throws IOException {
    long began = System.nanoTime();
    for (int i = 0; i < pieces; i++) {
      rate.take(bytes);
    }
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Test
  void holdsToTheRate() throws IOException {
    assertThat(timeOf(new RateLimit(1_000_000), 10, 30_000))
        .isBetween(Duration.ofMillis(290), Duration.ofMillis(2000));
  }

  @Test
  void zeroIsNoLimit() throws IOException {
    assertThat(timeOf(new RateLimit(0), 1000, 1L << 40)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void aPauseIsNotMadeUpForInOneRush() throws Exception {
    RateLimit rate = new RateLimit(1_000_000);
    rate.take(1000);
    Thread.sleep(1500);
    assertThat(timeOf(rate, 5, 40_000)).isGreaterThan(Duration.ofMillis(190));
  }

  @Test
  void anInterruptEndsTheWait() {
    RateLimit rate = new RateLimit(1);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> rate.take(1000)).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
