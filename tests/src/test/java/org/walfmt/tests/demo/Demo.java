package org.walfmt.tests.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.CommitFile;
import org.walfmt.series.EndNote;
import org.walfmt.series.Series;
import org.walfmt.tests.compare.ClusterDiff;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.RelationKinds;
import org.walfmt.tests.compare.ReplayTo;
import org.walfmt.tests.compare.Report;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;

/**
 * Takes a full backup and two incrementals of a server under load with {@code bin/walfmt}, restores
 * the last, lets a server replay it, and compares every block with the source's. Arguments: the
 * launcher and the server's major.
 */
public final class Demo {
  private static final int PAUSE_MILLIS = 3000;
  private static final double MEGABYTE = 1 << 20;

  private final Path launcher;
  private final PgInstall install;
  private final List<String> table = new ArrayList<>();

  private Demo(Path launcher, PgInstall install) {
    this.launcher = launcher;
    this.install = install;
  }

  /** Runs the demonstration; the exit status is 1 if a single block differs. */
  public static void main(String[] arguments) throws Exception {
    PgInstall install = PgInstall.embedded(Integer.parseInt(arguments[1]));
    boolean equal = new Demo(Path.of(arguments[0]), install).run();
    System.exit(equal ? 0 : 1);
  }

  private boolean run() throws IOException, SQLException, InterruptedException {
    say("starting an embedded PostgreSQL " + install.major() + " and loading it");
    try (Cluster source = Cluster.of(install).checksums(true).archiving().start();
        Scratch scratch = Scratch.create()) {
      DemoLoad.create(source);
      table.add(
          String.format(
              "  %-12s %-24s %8s %9s %7s %7s", "backup", "id", "blocks", "MB", "share", "s"));
      try (DemoLoad load = DemoLoad.start(source)) {
        say("two clients update, insert and delete from now on");
        backup(source, "full");
        Thread.sleep(PAUSE_MILLIS);
        say("dropping, truncating, creating tables; a new index, a new database");
        DemoLoad.changeTables(source);
        backup(source, "incremental");
        Thread.sleep(PAUSE_MILLIS);
        backup(source, "incremental");
        say("the clients did " + load.transactions() + " transactions meanwhile");
      }
      return restoreAndCompare(source, scratch.resolve("restored"));
    }
  }

  private void backup(Cluster source, String kind) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                launcher.toString(),
                "backup",
                "-A",
                source.archive().toString(),
                "-D",
                source.data().toString(),
                "-h",
                "127.0.0.1",
                "-p",
                String.valueOf(source.port()),
                "-U",
                "postgres",
                "-d",
                "postgres",
                "--checkpoint=fast"));
    if (kind.equals("incremental")) {
      words.add("--incremental");
    }
    double seconds = run(words);
    DirectoryArchive archive = new DirectoryArchive(source.archive(), "demo");
    List<BackupCatalog.Entry> all = new BackupCatalog(archive).list();
    CommitFile.Summary commit = all.get(all.size() - 1).summary().orElseThrow();
    EndNote end = Series.open(archive, commit).end();
    long databaseBytes =
        source.sql().number("SELECT sum(pg_tablespace_size(oid))::bigint FROM pg_tablespace");
    long bytes = commit.segments() * commit.segmentSize().bytes();
    table.add(
        String.format(
            Locale.ROOT,
            "  %-12s %-24s %8d %9.1f %6.1f%% %7.1f",
            kind,
            commit.id(),
            end.blocks(),
            bytes / MEGABYTE,
            100.0 * bytes / databaseBytes,
            seconds));
  }

  private boolean restoreAndCompare(Cluster source, Path target) throws IOException, SQLException {
    double seconds =
        run(
            List.of(
                launcher.toString(),
                "restore",
                "-A",
                source.archive().toString(),
                "-D",
                target.toString()));
    table.add(String.format(Locale.ROOT, "  %-61s %9.1f", "restore of the last", seconds));
    Lsn lsn = ReplayTo.mark(source);
    say("starting a server on the restored directory and replaying WAL to " + lsn);
    ReplayTo.replay(install, target, source.archive(), lsn);
    say("comparing every block with the source's");
    PgVersion version = PgVersion.ofMajor(install.major()).orElseThrow();
    Report report =
        ClusterDiff.compare(
            source.data(),
            target,
            version,
            RelationKinds.read(source::connect),
            Options.masksAndTolerances());
    say("");
    table.forEach(Demo::say);
    say("");
    say(
        String.format(
            "  compared %d blocks in %d files: %s",
            report.blocks(),
            report.files(),
            report.isEqual() ? "all equal" : report.differenceCount() + " DIFFER"));
    if (!report.isEqual()) {
      say(report.toString());
    }
    return report.isEqual();
  }

  private static double run(List<String> words) {
    say("$ walfmt " + String.join(" ", words.subList(1, words.size())));
    long began = System.nanoTime();
    String printed = Command.of(words).run().orFail().out();
    printed.lines().forEach(line -> say("  " + line));
    return (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
