package org.walfmt.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.segment.SegmentInput;

/**
 * An archive behind the commands that a server's {@code archive_command} and {@code
 * restore_command} could be, with nothing more than put and fetch by name. {@link Transfers} says
 * how their exit statuses are taken.
 *
 * <p>The contract of such commands says that other bytes are refused under a name that is taken. A
 * series timeline is claimed by its first segment: before that is put, it is looked whether there
 * is one.
 */
public final class CommandArchive implements Archive {
  private static final int TIMELINE_DIGITS = 8;
  private static final int FETCHED_AHEAD = 4;

  private final CommandSettings settings;
  private final Monitor monitor;
  private final Spool spool;
  private final Transfers transfers;
  private final FetchedSegments segments;
  private final Map<String, Long> lengths = new ConcurrentHashMap<>();
  private final Set<String> claimed = new HashSet<>();

  /** Timelines with a file that this object has stored: whatever else they have is its own, too. */
  private final Set<String> ours = ConcurrentHashMap.newKeySet();

  private final SpoolRoom room;

  /**
   * Opens the archive; no command is run yet.
   *
   * @param monitor hears of tries that failed
   */
  public static CommandArchive open(CommandSettings settings, Monitor monitor) throws IOException {
    return new CommandArchive(settings, Spool.open(settings.spool(), settings.identity()), monitor);
  }

  private CommandArchive(CommandSettings settings, Spool spool, Monitor monitor) {
    this.settings = settings;
    this.monitor = monitor;
    this.spool = spool;
    this.transfers = new Transfers(settings, spool, monitor);
    this.segments = new FetchedSegments(transfers, settings.spoolBytes(), settings.transfers());
    this.room = new SpoolRoom(settings.spoolBytes());
  }

  @Override
  public String description() {
    return settings.archive().orElse(settings.restore()).program();
  }

  @Override
  public boolean isLocal() {
    return false;
  }

  @Override
  public int transfers() {
    return settings.transfers();
  }

  @Override
  public Path runs() {
    return spool.shared();
  }

  @Override
  public Optional<SegmentInput> open(String name) throws IOException {
    return open(name, false);
  }

  @Override
  public Optional<SegmentInput> openExpected(String name) throws IOException {
    return open(name, true);
  }

  private Optional<SegmentInput> open(String name, boolean mustBeThere) throws IOException {
    requireName(name);
    if (SegmentName.matches(name)) {
      return segments.open(name, mustBeThere, List.of());
    }
    Optional<Path> file = transfers.fetch(name, mustBeThere);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(FileInput.open(file.get()));
    } finally {
      Spool.remove(file.get()); // open files live on without a name
    }
  }

  @Override
  public Optional<SegmentInput> openInSeries(SegmentName segment, long last) throws IOException {
    List<String> next = new ArrayList<>();
    if (segment.number() > 0 && lengths.containsKey(segment.previous().toString())) {
      SegmentName ahead = segment.next();
      while (ahead.number() <= last && next.size() < FETCHED_AHEAD) {
        next.add(ahead.toString());
        ahead = ahead.next();
      }
    }
    Optional<SegmentInput> opened = segments.open(segment.toString(), true, next);
    if (opened.isPresent()) {
      lengths.put(segment.toString(), (long) segment.size().bytes());
    }
    return opened;
  }

  @Override
  public Optional<Long> length(String name) throws IOException {
    requireName(name);
    if (!SegmentName.matches(name)) {
      Optional<Path> file = transfers.fetch(name, false);
      if (file.isEmpty()) {
        return Optional.empty();
      }
      long length = Files.size(file.get());
      Spool.remove(file.get());
      return Optional.of(length);
    }
    Long known = lengths.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<Long> length = segments.length(name);
    length.ifPresent(bytes -> lengths.put(name, bytes));
    return length;
  }

  private static void requireName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException("\"" + name + "\" is no name of an archive file");
    }
  }

  @Override
  public PendingFile create(String name, boolean exclusive) throws IOException {
    requireName(name);
    archiveCommand();
    return new Pending(name, exclusive);
  }

  @Override
  public boolean put(String name, Path file) throws IOException {
    requireName(name);
    try {
      transfers.put(archiveCommand(), name, file);
    } catch (CommandFailedException e) {
      if (!Files.exists(file)) {
        throw new NoSuchFileException(file.toString());
      }
      if (!isStored(name, file)) {
        throw e;
      }
      return false;
    }
    return true;
  }

  /**
   * Whether the archive has these very bytes, although the command failed: the server's archiver
   * may have put them there, and many a command refuses a name that is taken, whatever the bytes.
   */
  private boolean isStored(String name, Path file) throws IOException {
    Optional<Path> stored = transfers.fetch(name, false);
    if (stored.isEmpty()) {
      return false;
    }
    try {
      if (Files.mismatch(stored.get(), file) >= 0) {
        throw new DifferentContentException(name, description());
      }
      return true;
    } finally {
      Spool.remove(stored.get());
    }
  }

  private CommandTemplate archiveCommand() throws RefusedException {
    return settings
        .archive()
        .orElseThrow(
            () ->
                new RefusedException(
                    Reason.PRECONDITION,
                    "nothing can be put into the archive",
                    "there is no archive command",
                    "Give one with --archive-command."));
  }

  @Override
  public boolean canList() {
    return settings.list().isPresent();
  }

  @Override
  public List<String> list() throws IOException {
    if (settings.list().isEmpty()) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "the archive can only be asked for files by name",
          "there is no list command",
          "Give the full id of a backup, or a command that lists the archive's files with"
              + " --list-command.");
    }
    return ListedNames.of(transfers.list(settings.list().get()));
  }

  @Override
  public Optional<String> firstMissing(List<String> names, long length) throws IOException {
    if (!canList()) {
      return Optional.empty();
    }
    Set<String> all = new HashSet<>(list());
    return names.stream().filter(name -> !all.contains(name)).findFirst();
  }

  /**
   * What is not listed is fetched by its name. Without a list command the first and the last one
   * are: to fetch all would be the whole backup once more.
   */
  @Override
  public Optional<String> firstNotStored(List<String> names, long length) throws IOException {
    List<String> doubtful = new ArrayList<>(names);
    if (canList()) {
      doubtful.removeAll(new HashSet<>(list()));
    } else if (doubtful.size() > 2) {
      doubtful.subList(1, doubtful.size() - 1).clear();
    }
    for (String name : doubtful) {
      if (!isStored(name, length)) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  private boolean isStored(String name, long length) throws IOException {
    Optional<Path> file = transfers.fetch(name, true);
    if (file.isEmpty()) {
      return false;
    }
    boolean isWhole = Files.size(file.get()) == length;
    Spool.remove(file.get());
    return isWhole;
  }

  @Override
  public boolean canDelete() {
    return settings.delete().isPresent();
  }

  @Override
  public void delete(String name) throws IOException {
    requireName(name);
    if (settings.delete().isEmpty()) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "file " + name + " cannot be removed from the archive",
          "there is no delete command",
          "Give one with --delete-command, or remove the file by other means.");
    }
    lengths.remove(name);
    transfers.delete(settings.delete().get(), name);
  }

  @Override
  public void close() throws IOException {
    segments.close();
    transfers.close();
  }

  private void claim(String name) throws IOException {
    synchronized (claimed) {
      if (!claimed.contains(timeline(name))) {
        if (length(name).isPresent()) {
          throw new FileAlreadyExistsException(name);
        }
        claimed.add(timeline(name));
      }
    }
  }

  private static String timeline(String name) {
    return name.substring(0, Math.min(TIMELINE_DIGITS, name.length()));
  }

  private final class Pending implements PendingFile {
    private final String name;
    private final boolean exclusive;
    private final Path file;
    private final FileChannel channel;
    private long bytes;

    Pending(String name, boolean exclusive) throws IOException {
      this.name = name;
      this.exclusive = exclusive;
      room.enter();
      this.file = transfers.path(name);
      try {
        this.channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (IOException e) {
        room.leave(0);
        throw e;
      }
    }

    @Override
    public void write(ByteBuffer buffer) throws IOException {
      bytes += buffer.remaining();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    /** Whatever the command said, the archive's own copy is the proof. */
    @Override
    public void publish() throws IOException {
      channel.close();
      if (exclusive) {
        claim(name);
      }
      try {
        transfers.put(archiveCommand(), name, file);
      } catch (IOException e) {
        settle(e);
      }
      if (SegmentName.matches(name)) {
        lengths.put(name, bytes);
        ours.add(timeline(name));
      }
    }

    /**
     * The command failed, or was stopped: the file may be there all the same.
     *
     * @throws IOException unless it is there and may stay
     */
    private void settle(IOException failure) throws IOException {
      boolean interrupted = Thread.interrupted();
      try {
        if (interrupted && exclusive && ours.contains(timeline(name)) && canDelete()) {
          delete(name); // be it whole or not
          throw failure;
        }
        Optional<Path> stored = transfers.fetch(name, false);
        if (stored.isEmpty()) {
          throw failure;
        }
        boolean isOurs = Files.mismatch(stored.get(), file) < 0;
        Spool.remove(stored.get());
        if (!isOurs) {
          throw new DifferentContentException(name, description());
        } else if (!interrupted) {
          monitor.info("file " + name + " is in the archive, although the command failed");
          return;
        }
        delete(name);
      } catch (IOException e) {
        if (e != failure) {
          failure.addSuppressed(e);
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
      throw failure;
    }

    @Override
    public void close() throws IOException {
      channel.close();
      if (Spool.remove(file)) {
        room.leave(bytes);
      }
    }
  }
}
