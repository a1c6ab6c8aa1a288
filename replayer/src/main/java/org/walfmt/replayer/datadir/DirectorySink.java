package org.walfmt.replayer.datadir;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/**
 * Puts the final state of a chain into new files: relations in segments of 1 GiB, other files as
 * they are. {@code pg_control} goes under a temporary name, so that the directory cannot be started
 * before {@link TargetDirectory} has put it in place.
 */
final class DirectorySink implements MergeSink, FileSink {
  /** Where {@code pg_control} waits. */
  static final String CONTROL_WAITING = PathEntry.CONTROL_FILE + ".restoring";

  /** Made anew, or not at all: what a standby's or an earlier restore's said is of no use. */
  private static final Set<String> SIGNALS = Set.of("recovery.signal", "standby.signal");

  private static final Set<String> OURS =
      Set.of("backup_label", "tablespace_map", "backup_manifest", "backup_manifest.restoring");

  private static final int MAX_CONFIGURATION = 4 << 20;

  private final TargetLayout layout;
  private final DirectoryMaker maker;
  private final FileQueue queue;
  private final PgVersion version;

  private @Nullable ForkEntry fork;
  private int segment;
  private boolean skipping;
  private @Nullable ByteArrayOutputStream collected;
  private final Set<RecoveryTarget.Kind> targets = EnumSet.noneOf(RecoveryTarget.Kind.class);
  private byte[] configuration = new byte[0];
  private boolean isConfiguration;
  private int fileMode = 0600;
  private boolean hasControlFile;
  private boolean hasServerConfiguration;
  private long blocks;

  DirectorySink(TargetLayout layout, DirectoryMaker maker, FileQueue queue, PgVersion version) {
    this.layout = layout;
    this.maker = maker;
    this.queue = queue;
    this.version = version;
  }

  @Override
  public void directory(PathEntry.Directory directory) throws IOException {
    maker.directory(directory.path(), directory.mode());
  }

  @Override
  public void tablespace(PathEntry.Tablespace tablespace) throws IOException {
    maker.tablespace(tablespace.path(), tablespace.mode());
  }

  @Override
  public ByteBuffer take() throws IOException {
    return queue.take();
  }

  @Override
  public void startFork(ForkEntry entry) throws IOException {
    fork = entry;
    openSegment(entry, 0);
  }

  private void openSegment(ForkEntry entry, int number) throws IOException {
    String path = entry.locator().path(version, entry.fork(), number);
    segment = number;
    queue.open(layout.place(path), path, entry.mode());
  }

  @Override
  public void blocks(long first, ByteBuffer pages) throws IOException {
    ForkEntry entry = current();
    int number = (int) (first / RelationFile.SEGMENT_BLOCKS);
    if (number != segment) {
      queue.end();
      openSegment(entry, number);
    }
    blocks += pages.remaining() / PageHeader.PAGE_SIZE;
    queue.write(pages);
  }

  @Override
  public void endFork() throws IOException {
    ForkEntry entry = current();
    queue.end();
    for (int number = segment + 1; number < entry.files(); number++) {
      openSegment(entry, number);
      queue.end();
    }
    fork = null;
  }

  private ForkEntry current() {
    if (fork == null) {
      throw new IllegalStateException("no fork has begun");
    }
    return fork;
  }

  @Override
  public void startFile(String path, int mode, long length) throws IOException {
    collected = null;
    skipping = false;
    queue.open(layout.place(path), path, mode);
  }

  @Override
  public void startFile(PathEntry.RegularFile file) throws IOException {
    String path = file.path();
    if (OURS.contains(path) || path.equals(CONTROL_WAITING)) {
      throw new CorruptWalException("file \"" + path + "\" is in the inventory of a backup");
    }
    hasServerConfiguration |= path.equals("postgresql.conf");
    collected = null;
    skipping = SIGNALS.contains(path);
    isConfiguration = path.equals(RecoveryConfiguration.FILE);
    if (path.endsWith(".conf") && !isConfiguration && file.length() <= MAX_CONFIGURATION) {
      collected = new ByteArrayOutputStream();
    }
    if (isConfiguration) {
      if (file.length() > MAX_CONFIGURATION) {
        throw new CorruptWalException(path + " has " + file.length() + " bytes");
      }
      collected = new ByteArrayOutputStream();
    } else if (path.equals(PathEntry.CONTROL_FILE)) {
      hasControlFile = true;
      fileMode = file.mode();
      queue.open(layout.place(CONTROL_WAITING), path, file.mode());
    } else if (!skipping) {
      queue.open(layout.place(path), path, file.mode());
    }
  }

  @Override
  public void bytes(ByteBuffer contents) throws IOException {
    if (collected != null) {
      byte[] bytes = new byte[contents.remaining()];
      contents.get(contents.position(), bytes);
      collected.writeBytes(bytes);
    }
    if (isConfiguration || skipping) {
      queue.giveBack(contents);
    } else {
      queue.write(contents);
    }
  }

  @Override
  public void endFile() throws IOException {
    if (isConfiguration && collected != null) {
      configuration = collected.toByteArray();
      return;
    } else if (collected != null) {
      targets.addAll(RecoveryConfiguration.targets(collected.toByteArray()));
    }
    if (!skipping) {
      queue.end();
    }
  }

  /** Writes a file of our own making, with the mode that {@code pg_control} has. */
  void writeFile(String path, byte[] contents) throws IOException {
    writeFile(path, contents, fileMode);
  }

  void writeFile(String path, byte[] contents, int mode) throws IOException {
    queue.open(layout.place(path), path, mode);
    for (int at = 0; at < contents.length; at += CHUNK_SIZE) {
      ByteBuffer chunk = queue.take();
      queue.write(chunk.put(contents, at, Math.min(CHUNK_SIZE, contents.length - at)).flip());
    }
    queue.end();
  }

  void writeFile(String path, String contents) throws IOException {
    writeFile(path, contents.getBytes(UTF_8));
  }

  /** What {@code postgresql.auto.conf} held; empty if there was none. */
  byte[] configuration() {
    return configuration;
  }

  /** Recovery targets that other configuration files set. */
  Set<RecoveryTarget.Kind> targets() {
    return targets;
  }

  /** Whether {@code postgresql.conf} came. */
  boolean hasServerConfiguration() {
    return hasServerConfiguration;
  }

  /** The mode of {@code pg_control}. */
  int fileMode() {
    return fileMode;
  }

  /** Pages of relations that were taken. */
  long blocks() {
    return blocks;
  }

  /** Where {@code pg_control} waits. */
  Path waitingControlFile() throws IOException {
    if (!hasControlFile) {
      throw new CorruptWalException("the inventory of the backup has no " + PathEntry.CONTROL_FILE);
    }
    return layout.place(CONTROL_WAITING);
  }
}
