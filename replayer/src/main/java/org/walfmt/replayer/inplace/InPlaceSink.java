package org.walfmt.replayer.inplace;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.datadir.RecoveryConfiguration;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/**
 * Puts what a part of a chain has over the files of a data directory. What the part leaves to older
 * members is the directory's own, if it has it: else it is fetched from the whole chain.
 *
 * <p>A run that is killed can be repeated from its beginning: blocks and files of the part are
 * written again, and what the directory itself contributes is never changed. A fork that is found
 * to lack blocks is not extended behind the gap, so that it is found to lack them again.
 */
final class InPlaceSink implements MergeSink {
  private static final int PAGE_SIZE = 8192;
  private static final int MAX_CONFIGURATION = 4 << 20;

  private final Places places;
  private final Edits edits;
  private final Tally tally;
  private final ChainFetch fetch;
  private final boolean resumed;
  private final boolean withVisibilityMaps;
  private final Monitor monitor;
  private final ByteBuffer buffer = direct();
  private final ByteBuffer before = direct();

  private @Nullable ForkEntry fork;

  /** The blocks that have come, or are the target's, end before this one. */
  private long next;

  /** Blocks that the target's fork had; -1 if that is not known yet. */
  private long length;

  private boolean lacking;
  private @Nullable EditedFile open;
  private int segment;

  private long at;
  private @Nullable ByteArrayOutputStream collected;
  private byte[] configuration = new byte[0];

  InPlaceSink(
      Places places,
      Edits edits,
      Tally tally,
      ChainFetch fetch,
      boolean resumed,
      boolean withVisibilityMaps,
      Monitor monitor) {
    this.withVisibilityMaps = withVisibilityMaps;
    this.places = places;
    this.edits = edits;
    this.tally = tally;
    this.fetch = fetch;
    this.resumed = resumed;
    this.monitor = monitor;
  }

  private static ByteBuffer direct() {
    return ByteBuffer.allocateDirect(CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void directory(PathEntry.Directory directory) throws IOException {
    String path = directory.path();
    if (path.equals(PathEntry.ROOT) || !places.isTaken(path)) {
      return;
    }
    Path place = places.layout().placeOfDirectory(path);
    if (!Files.isDirectory(place)) {
      edits.makeDirectory(place, directory.mode());
    }
  }

  @Override
  public void tablespace(PathEntry.Tablespace tablespace) throws IOException {
    Path place = Objects.requireNonNull(places.tablespaces().get(tablespace.path()));
    if (!Files.isDirectory(place)) {
      makeDirectories(place, tablespace.mode());
    }
    Path link = places.target().resolve(tablespace.path());
    if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      edits.link(link, place);
    }
  }

  private void makeDirectories(Path directory, int mode) throws IOException {
    Path parent = Objects.requireNonNull(directory.getParent());
    if (!Files.isDirectory(parent)) {
      makeDirectories(parent, 0755);
    }
    edits.makeDirectory(directory, mode);
    edits.flush(parent);
  }

  @Override
  public ByteBuffer take() {
    return buffer.clear();
  }

  @Override
  public void startFork(ForkEntry entry) {
    fork = entry;
    next = 0;
    length = -1;
    lacking = false;
  }

  private ForkEntry fork() {
    if (fork == null) {
      throw new IllegalStateException("no fork has begun");
    }
    return fork;
  }

  private boolean isLeftOut() {
    return fork().fork() == ForkNumber.VM && !withVisibilityMaps;
  }

  private Path place(int number) throws IOException {
    ForkEntry entry = fork();
    return places.layout().place(entry.locator().path(places.version(), entry.fork(), number));
  }

  @Override
  public void blocks(long first, ByteBuffer pages) throws IOException {
    monitor.advance(pages.remaining());
    if (isLeftOut() || lacking || isLacking(first)) {
      return;
    }
    int number = (int) (first / RelationFile.SEGMENT_BLOCKS);
    EditedFile target = segmentFile(number);
    next = first + pages.remaining() / PAGE_SIZE;
    target.put((first - (long) number * RelationFile.SEGMENT_BLOCKS) * PAGE_SIZE, pages);
  }

  /** Whether the target's own blocks, up to {@code end}, are not all there. */
  private boolean isLacking(long end) throws IOException {
    if (end > next && length < 0) {
      length = targetLength();
    }
    lacking = end > next && end > length;
    return lacking;
  }

  /** A segment file that is shorter than the others is the last, as for the server. */
  private long targetLength() throws IOException {
    long blocks = 0;
    for (int number = 0; number <= RelationFile.MAX_SEGMENT; number++) {
      Path path = place(number);
      long here =
          Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.size(path) / PAGE_SIZE : 0;
      blocks += here;
      if (here < RelationFile.SEGMENT_BLOCKS) {
        break;
      }
    }
    return Math.max(blocks, next);
  }

  private EditedFile segmentFile(int number) throws IOException {
    EditedFile current = open;
    if (current == null || number != segment) {
      endSegments(number);
      current = openSegment(number);
    }
    return current;
  }

  private EditedFile openSegment(int number) throws IOException {
    EditedFile opened = new EditedFile(edits, place(number), fork().mode(), true, tally, before);
    open = opened;
    segment = number;
    return opened;
  }

  /** Ends the open segment file, and gives those after it up to {@code end} their lengths. */
  private void endSegments(int end) throws IOException {
    int number = 0;
    EditedFile current = open;
    if (current != null) {
      current.end(lengthOf(segment), resumed);
      number = segment + 1;
      open = null;
    }
    for (; number < end; number++) {
      openSegment(number).end(lengthOf(number), resumed);
      open = null;
    }
  }

  private long lengthOf(int number) {
    long first = (long) number * RelationFile.SEGMENT_BLOCKS;
    long blocks = Math.max(0, fork().blocks() - first);
    return Math.min(blocks, RelationFile.SEGMENT_BLOCKS) * PAGE_SIZE;
  }

  @Override
  public void endFork() throws IOException {
    ForkEntry entry = fork();
    if (isLeftOut()) {
      fork = null;
      return;
    }
    if (lacking || isLacking(entry.blocks())) {
      close();
      fetch.fork(entry);
    } else {
      endSegments(entry.files());
    }
    fork = null;
  }

  @Override
  public void startFile(PathEntry.RegularFile entry) throws IOException {
    at = 0;
    collected = null;
    requireUnreserved(entry);
    if (entry.path().equals(RecoveryConfiguration.FILE)) {
      if (entry.length() > MAX_CONFIGURATION) {
        throw new CorruptWalException(entry.path() + " has " + entry.length() + " bytes");
      }
      collected = new ByteArrayOutputStream();
    } else if (isWritten(entry)) {
      open = new EditedFile(edits, placeOf(entry), entry.mode(), false, tally, before);
    }
  }

  private static void requireUnreserved(PathEntry.RegularFile entry) throws CorruptWalException {
    if (TargetNames.isReserved(entry.path())) {
      throw new CorruptWalException(
          "file \"" + entry.path() + "\" is in the inventory of a backup");
    }
  }

  private boolean isWritten(PathEntry.RegularFile entry) {
    return places.isTaken(entry.path()) && !Signals.NAMES.contains(entry.path());
  }

  private Path placeOf(PathEntry.RegularFile entry) throws IOException {
    boolean isControl = entry.path().equals(PathEntry.CONTROL_FILE);
    return places.layout().place(isControl ? TargetNames.CONTROL_WAITING : entry.path());
  }

  @Override
  public void bytes(ByteBuffer contents) throws IOException {
    int count = contents.remaining();
    monitor.advance(count);
    if (collected != null) {
      byte[] bytes = new byte[count];
      contents.get(bytes);
      collected.writeBytes(bytes);
    } else if (open != null) {
      open.put(at, contents);
    }
    at += count;
  }

  @Override
  public void endFile() throws IOException {
    if (collected != null) {
      configuration = collected.toByteArray();
    } else if (open != null) {
      open.end(at, resumed);
      open = null;
    }
  }

  @Override
  public void unchangedFile(PathEntry.RegularFile entry) throws IOException {
    requireUnreserved(entry);
    if (!isWritten(entry) || entry.path().equals(RecoveryConfiguration.FILE)) {
      return;
    }
    Path place = placeOf(entry);
    if (!isSame(entry, place)) {
      fetch.file(entry, place);
    } else if (resumed) {
      edits.open(place, entry.mode()).close(); // an earlier run may have written it
    }
  }

  private boolean isSame(PathEntry.RegularFile entry, Path place) throws IOException {
    if (!Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
        || Files.size(place) != entry.length()) {
      return false;
    }
    try (InputStream in = Files.newInputStream(place, LinkOption.NOFOLLOW_LINKS)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] bytes = new byte[64 << 10];
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        digest.update(bytes, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest()).equals(entry.sha256());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the backup's {@code postgresql.auto.conf} held. */
  byte[] configuration() {
    return configuration;
  }

  /** Lets go of a file, whose length is not right yet. */
  void close() throws IOException {
    EditedFile current = open;
    open = null;
    if (current != null) {
      current.close();
    }
  }
}
