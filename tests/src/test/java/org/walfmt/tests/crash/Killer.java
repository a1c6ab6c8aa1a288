package org.walfmt.tests.crash;

import java.time.Duration;
import java.util.Random;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.Strict;

/** Ends programs at random moments of their lives. */
final class Killer {
  /** How many a test kills. */
  static final int KILLS = Strict.full() ? 50 : 10;

  static final int INTERRUPTED = 130;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Random random;
  private final long lifeMillis;

  /**
   * @param lifeMillis how long the program takes if it is left alone
   */
  Killer(long seed, long lifeMillis) {
    this.random = new Random(seed);
    this.lifeMillis = lifeMillis;
  }

  /** How long a program takes, which must succeed. */
  static long lifeMillis(Command command) {
    long begin = System.nanoTime();
    command.run().orFail();
    return Duration.ofNanos(System.nanoTime() - begin).toMillis();
  }

  /** The first fifth is the start of the JVM; some programs shall live to their end. */
  private void waitForTheMoment() throws InterruptedException {
    Thread.sleep(lifeMillis / 5 + random.nextLong(lifeMillis * 9 / 10));
  }

  /** Starts a program and ends it as {@code kill -9} does, if it still runs by then. */
  void kill(Command command) throws InterruptedException {
    try (Command.Running running = command.start()) {
      waitForTheMoment();
      running.kill();
    }
  }

  /** Starts a program and ends it as Ctrl-C does; its end is waited for. */
  Outcome interrupt(Command command) throws InterruptedException {
    try (Command.Running running = command.start()) {
      waitForTheMoment();
      if (running.process().isAlive()) {
        running.signal("INT");
      }
      return running.await(PATIENCE);
    }
  }
}
