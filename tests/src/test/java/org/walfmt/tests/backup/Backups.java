package org.walfmt.tests.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.walfmt.Monitor;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.image.ImageCompression;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.writer.BackupOptions;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.BackupWriter;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.connect.ConnectionEnvironment;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPrompt;

/** Takes backups of a test cluster, in process, and keeps what the monitor heard. */
public final class Backups implements Monitor {
  private final Cluster cluster;
  private final Path archive;
  private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
  private ImageCompression compression = ImageCompression.NONE;
  private final List<String> infos = Collections.synchronizedList(new ArrayList<>());
  private boolean copyingWal;
  private long maxRate;
  private String role = "postgres";
  private Optional<Path> dataDirectory = Optional.empty();
  private Duration patience = Duration.ofSeconds(60);
  private boolean fastCheckpoint = true;
  private Runnable whileReading = () -> {};
  private ChangeSource changes = ChangeSource.SCAN;
  private Optional<Path> summaryDirectory = Optional.empty();
  private final AtomicLong bytesRead = new AtomicLong();
  private long afterBytes = Long.MAX_VALUE;
  private Runnable whenRead = () -> {};

  public Backups(Cluster cluster, Path archive) {
    this.cluster = cluster;
    this.archive = archive;
  }

  public Backups compressing(ImageCompression method) {
    compression = method;
    return this;
  }

  /** Puts the ordinary WAL into the archive itself, instead of waiting for the server. */
  public Backups copyingWal() {
    copyingWal = true;
    return this;
  }

  /** Reads no faster, so that something can happen meanwhile. */
  public Backups readingAtMost(long bytesPerSecond) {
    maxRate = bytesPerSecond;
    return this;
  }

  /** Connects as another role than the superuser. */
  public Backups as(String name) {
    role = name;
    return this;
  }

  /** Names the data directory instead of asking for it. */
  public Backups of(Path directory) {
    dataDirectory = Optional.of(directory);
    return this;
  }

  /** Waits no longer for WAL. */
  public Backups waitingFor(Duration time) {
    patience = time;
    return this;
  }

  /** Spreads the start checkpoint over time. */
  public Backups withSpreadCheckpoint() {
    fastCheckpoint = false;
    return this;
  }

  /** Does something in the middle: when the backup has begun and no file is read yet. */
  public Backups whileReading(Runnable action) {
    whileReading = action;
    return this;
  }

  /** Finds changed blocks by this source from now on. */
  public Backups changesBy(ChangeSource source) {
    changes = source;
    return this;
  }

  /** Names a directory of walfmt's own summaries. */
  public Backups summariesIn(Path directory) {
    summaryDirectory = Optional.of(directory);
    return this;
  }

  /** Does something in the midst of each backup, when so many bytes have been read. */
  public Backups whenRead(long bytes, Runnable action) {
    afterBytes = bytes;
    whenRead = action;
    return this;
  }

  public BackupReport full() throws IOException {
    return take(Optional.empty());
  }

  public BackupReport incremental(String parent) throws IOException {
    return take(Optional.of(parent));
  }

  private BackupReport take(Optional<String> parent) throws IOException {
    bytesRead.set(0);
    ConnectionEnvironment environment =
        ConnectionEnvironment.of(Map.of(), Path.of("/nonexistent"), "postgres");
    ConnectionOptions connection =
        ConnectionOptions.builder(environment)
            .host("127.0.0.1")
            .port(cluster.port())
            .user(role)
            .dbname("postgres")
            .build();
    BackupOptions options =
        new BackupOptions(
            connection,
            PasswordPrompt.none(),
            dataDirectory,
            new ArchivePlace.Directory(archive),
            "test",
            parent,
            changes,
            summaryDirectory,
            fastCheckpoint,
            maxRate,
            2,
            copyingWal,
            patience,
            compression,
            false,
            "test");
    return new BackupWriter(options, new SecureRandom(), this).run();
  }

  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  public List<String> infos() {
    return List.copyOf(infos);
  }

  @Override
  public void phase(String name, long totalBytes) {
    if (name.equals("reading")) {
      whileReading.run();
    }
  }

  @Override
  public void advance(long bytes) {
    long before = bytesRead.getAndAdd(bytes);
    if (before < afterBytes && before + bytes >= afterBytes) {
      whenRead.run();
    }
  }

  @Override
  public void warning(String line) {
    warnings.add(line);
  }

  @Override
  public void info(String line) {
    infos.add(line);
  }
}
