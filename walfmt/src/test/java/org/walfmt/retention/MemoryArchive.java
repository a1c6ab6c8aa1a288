package org.walfmt.retention;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.PendingFile;
import org.walfmt.segment.SegmentInput;

/**
 * An archive that lets nothing more go after so many files, as if walfmt had been killed. Segments
 * have a length and no contents.
 */
final class MemoryArchive implements Archive {
  private final Path runs;
  private final boolean local;
  private final TreeMap<String, byte[]> contents = new TreeMap<>();
  private final TreeMap<String, Long> lengths = new TreeMap<>();
  final List<String> deleted = new ArrayList<>();
  int life = Integer.MAX_VALUE;

  /** Says that files are gone, and keeps them. */
  boolean isDeaf;

  MemoryArchive(Path runs, boolean local) {
    this.runs = runs;
    this.local = local;
  }

  /** The same files once more, and run files of its own in a directory beside. */
  MemoryArchive copy() throws IOException {
    Path own = Files.createTempDirectory(runs.getParent(), "runs");
    try (Stream<Path> files = Files.list(runs)) {
      for (Path file : files.toList()) {
        Files.copy(file, own.resolve(file.getFileName()));
      }
    }
    MemoryArchive copy = new MemoryArchive(own, local);
    copy.contents.putAll(contents);
    copy.lengths.putAll(lengths);
    return copy;
  }

  /** The run that had a timeline, on the host "here", was killed. */
  void addDeadRun(TimelineId timeline) throws IOException {
    Files.writeString(
        runs.resolve(".walfmt-" + timeline.toHex() + ".run"),
        "host here\npid 1\ntag \nparent none\nend\n");
  }

  void add(String name, byte[] bytes) {
    contents.put(name, bytes);
    lengths.put(name, (long) bytes.length);
  }

  void add(String name, long length) {
    lengths.put(name, length);
  }

  byte[] bytes(String name) {
    return Objects.requireNonNull(contents.get(name));
  }

  void lose(String name) {
    contents.remove(name);
    lengths.remove(name);
  }

  @Override
  public void delete(String name) throws IOException {
    if (deleted.size() >= life) {
      throw new IOException("killed");
    }
    deleted.add(name);
    if (!isDeaf) {
      lose(name);
    }
  }

  @Override
  public Optional<SegmentInput> open(String name) {
    byte[] bytes = contents.get(name);
    return bytes == null
        ? lengths.containsKey(name) ? Optional.of(new Input(new byte[0])) : Optional.empty()
        : Optional.of(new Input(bytes));
  }

  @Override
  public Optional<Long> length(String name) {
    return Optional.ofNullable(lengths.get(name));
  }

  @Override
  public List<String> list() {
    return List.copyOf(lengths.keySet());
  }

  @Override
  public Optional<String> firstMissing(List<String> names, long length) {
    return names.stream().filter(name -> !Optional.of(length).equals(length(name))).findFirst();
  }

  @Override
  public boolean isLocal() {
    return local;
  }

  @Override
  public Path runs() {
    return runs;
  }

  @Override
  public String description() {
    return "memory";
  }

  @Override
  public PendingFile create(String name, boolean exclusive) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean put(String name, Path file) {
    throw new UnsupportedOperationException();
  }

  Map<String, Long> files() {
    return lengths;
  }

  private static final class Input implements SegmentInput {
    private final ByteBuffer bytes;

    Input(byte[] bytes) {
      this.bytes = ByteBuffer.wrap(bytes);
    }

    @Override
    public void seek(long offset) {
      bytes.position((int) Math.min(offset, bytes.limit()));
    }

    @Override
    public int read(ByteBuffer room) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(room.remaining(), bytes.remaining());
      room.put(bytes.slice().limit(count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public void close() {}
  }
}
