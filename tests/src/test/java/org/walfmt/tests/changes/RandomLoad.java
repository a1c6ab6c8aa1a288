package org.walfmt.tests.changes;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.walfmt.tests.kit.Cluster;

/**
 * A load of random steps: everything that changes, makes, cuts, moves or removes relation files.
 * Two workers, each with objects of its own, play rounds at the same time; a round is a shuffled
 * deck with every kind of step, so that none is left to luck.
 *
 * <p>The seed decides the steps of each round and their numbers, but not how the two workers and
 * the backups meet; a round that goes on until {@link #finish} takes more decks as time allows. The
 * server needs {@code max_prepared_transactions}.
 */
final class RandomLoad implements AutoCloseable {
  private static final int WORKERS = 2;

  private final long seed;
  private final Path tablespace;
  private final List<LoadSession> sessions = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(WORKERS);
  private final List<String> taken = Collections.synchronizedList(new ArrayList<>());
  private List<Future<?>> running = List.of();
  private int round;
  private volatile boolean ending;

  /** Sets up what the steps need, in the database {@code postgres} and beside it. */
  RandomLoad(Cluster cluster, long seed) throws SQLException {
    this.seed = seed;
    this.tablespace = cluster.newDirectory("aside");
    cluster.run(
        "CREATE EXTENSION IF NOT EXISTS pg_buffercache",
        "CREATE EXTENSION IF NOT EXISTS bloom",
        "CREATE TABLESPACE " + LoadSession.TABLESPACE + " LOCATION '" + tablespace + "'",
        "CREATE DATABASE " + LoadSession.MODEL);
    cluster
        .sql(LoadSession.MODEL)
        .run(
            "CREATE TABLE old AS SELECT i AS a, md5(i::text) AS b FROM generate_series(1, 2000) i",
            "CREATE INDEX ON old (a)",
            "VACUUM old");
    for (int worker = 0; worker < WORKERS; worker++) {
      sessions.add(new LoadSession(cluster, worker));
    }
  }

  /** Where the tablespace lies that some of the relations are in. */
  Path tablespace() {
    return tablespace;
  }

  /** Plays one deck a worker, to its end. */
  void play() throws Exception {
    start();
    finish();
  }

  /** Begins a round: at least one deck a worker, and more until {@link #finish}. */
  void start() {
    round++;
    taken.clear();
    ending = false;
    running =
        Stream.iterate(0, worker -> worker + 1)
            .limit(WORKERS)
            .<Future<?>>map(worker -> threads.submit(() -> deal(worker)))
            .toList();
  }

  /** Ends the round; returns when nothing goes on any more. */
  void finish() throws Exception {
    ending = true;
    for (Future<?> worker : running) {
      try {
        worker.get();
      } catch (ExecutionException e) {
        throw new AssertionError("the load has failed", e.getCause());
      }
    }
  }

  private Void deal(int worker) throws SQLException {
    LoadSession session = sessions.get(worker);
    Random random = new Random(seed * 1_000_003 + round * 1009L + worker);
    session.draw(random);
    for (int decks = 0; decks == 0 || !ending; decks++) {
      for (Step step : deck(session.major(), random)) {
        if (decks > 0 && ending) {
          return null;
        }
        taken.add(worker + ": " + step.name());
        step.action().run(session);
      }
    }
    return null;
  }

  private static List<Step> deck(int major, Random random) {
    List<Step> deck = new ArrayList<>();
    Stream.of(TableSteps.all(), IndexSteps.all(), TransactionSteps.all(), DatabaseSteps.all())
        .flatMap(List::stream)
        .filter(step -> major >= step.sinceMajor())
        .forEach(step -> deck.addAll(Collections.nCopies(step.copies(), step)));
    Collections.shuffle(deck, random);
    return deck;
  }

  @Override
  public void close() throws SQLException {
    ending = true;
    threads.shutdownNow();
    for (LoadSession session : sessions) {
      session.close();
    }
  }

  /** How to repeat it, and what its workers have done in the last round. */
  @Override
  public String toString() {
    return "load with -Dwalfmt.seed=%d; steps of round %d: %s"
        .formatted(seed, round, String.join(", ", List.copyOf(taken)));
  }
}
