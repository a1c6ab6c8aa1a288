package org.walfmt.tests.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a new cluster is to be like; see {@link Cluster#of}. */
public final class ClusterBuilder {
  private final PgInstall install;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private boolean checksums = true;
  private int segmentMegabytes = 16;
  private boolean archiving;

  ClusterBuilder(PgInstall install) {
    this.install = install;
    // The machine does not crash in a test; what a killed server wrote stays in the page cache.
    settings.put("fsync", "off");
    settings.put("max_connections", "20");
    settings.put("timezone", "UTC");
    settings.put("lc_messages", "C");
  }

  /** Page checksums; on otherwise. */
  public ClusterBuilder checksums(boolean on) {
    checksums = on;
    return this;
  }

  /** Size of a WAL segment in MB: 1 to 1024, a power of two; 16 otherwise. */
  public ClusterBuilder segmentMegabytes(int size) {
    segmentMegabytes = size;
    return this;
  }

  /** A line of {@code postgresql.conf}. */
  public ClusterBuilder setting(String name, String value) {
    settings.put(name, value);
    return this;
  }

  /** Archives WAL into {@link Cluster#archive}. */
  public ClusterBuilder archiving() {
    archiving = true;
    return this;
  }

  /** Runs {@code initdb}; the server is not started. */
  public Cluster create() {
    Scratch scratch = Scratch.create();
    try {
      Path data = scratch.serverDirectory("data");
      scratch.serverDirectory("archive");
      Cluster cluster = new Cluster(install, scratch, data);
      initdb(data);
      cluster.configure(settings);
      if (archiving) {
        cluster.configure(
            Map.of("archive_mode", "on", "archive_command", archiveCommand(cluster.archive())));
      }
      return cluster;
    } catch (Throwable e) {
      scratch.close();
      throw e;
    }
  }

  /** Runs {@code initdb} and starts the server. */
  public Cluster start() {
    Cluster cluster = create();
    try {
      cluster.start();
      return cluster;
    } catch (Throwable e) {
      cluster.close();
      throw e;
    }
  }

  /**
   * A standby of a running primary, made of a copy of its files; not started. Its tablespaces would
   * be the primary's own: there must be none.
   */
  public static Cluster standbyOf(Cluster primary) {
    Scratch scratch = Scratch.create();
    try {
      Path data = scratch.serverDirectory("data");
      scratch.serverDirectory("archive");
      BaseCopy.of(primary, data);
      Files.createFile(data.resolve("standby.signal"));
      ServerUser.get().own(data);
      Cluster standby = new Cluster(primary.install(), scratch, data);
      standby.configure(Map.of("primary_conninfo", primary.conninfo(), "hot_standby", "on"));
      return standby;
    } catch (IOException e) {
      scratch.close();
      throw new AssertionError("cannot make a standby", e);
    } catch (Throwable e) {
      scratch.close();
      throw e;
    }
  }

  private void initdb(Path data) {
    List<String> words =
        new ArrayList<>(
            List.of(
                install.program("initdb").toString(),
                "--pgdata=" + data,
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--wal-segsize=" + segmentMegabytes));
    @Nullable String option = checksumOption();
    if (option != null) {
      words.add(option);
    }
    Command.of(words).asServerUser().run().orFail();
  }

  /** Up to 17, checksums are off by default; from 18 they are on. */
  private @Nullable String checksumOption() {
    if (checksums) {
      return "--data-checksums";
    }
    return install.major() >= 18 ? "--no-data-checksums" : null;
  }

  /** Never overwrites, accepts a second copy of the same file, never leaves half a file. */
  static String archiveCommand(Path archive) {
    return "f=%1$s/%%f; if [ -f $f ]; then cmp -s %%p $f; else cp %%p $f.new && mv $f.new $f; fi"
        .formatted(archive);
  }
}
