package org.walfmt.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.CommandTemplate.Kind;
import org.walfmt.page.XLogPageHeader;

/** A directory behind shell commands, each run of which leaves a line in a file of its own. */
final class CommandStore {
  static final SegmentSize SIZE = new SegmentSize(1 << 20);
  static final TimelineId TIMELINE = new TimelineId(0x8CF0_1234);

  private final Path root;
  final Path store;
  final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
  String archive;
  String restore;
  Optional<String> list = Optional.empty();
  Optional<String> delete = Optional.empty();
  long spoolBytes = 64 << 20;
  Duration timeout = Duration.ofSeconds(60);

  CommandStore(Path root) throws IOException {
    this.root = root;
    this.store = Files.createDirectory(root.resolve("store"));
    this.archive =
        logged(
            "put",
            "test $(basename %p) = %f && ! test -e " + store + "/%f && cp %p " + store + "/%f");
    this.restore = logged("get", "cp " + store + "/%f %p 2>/dev/null");
  }

  /** Counts its runs in a file, then runs. */
  String logged(String log, String command) {
    return "echo %f >>" + root.resolve(log + ".log") + " && " + command;
  }

  /** What went through a command, one name a run, in the order of their beginnings. */
  List<String> runs(String log) throws IOException {
    Path file = root.resolve(log + ".log");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  void allowAll() {
    list = Optional.of("ls " + store);
    delete = Optional.of("rm -f " + store + "/%f");
  }

  CommandSettings settings() {
    return new CommandSettings(
        Optional.of(new CommandTemplate(Kind.ARCHIVE, archive)),
        new CommandTemplate(Kind.RESTORE, restore),
        list.map(text -> new CommandTemplate(Kind.LIST, text)),
        delete.map(text -> new CommandTemplate(Kind.DELETE, text)),
        Optional.of(spool()),
        spoolBytes,
        timeout,
        3,
        Duration.ofMillis(10),
        4);
  }

  Path spool() {
    return root.resolve("spool");
  }

  CommandArchive open() throws IOException {
    return CommandArchive.open(settings(), new Listener());
  }

  /** All files below the spool. */
  List<Path> spooled() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        spool(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // removed just now
          }
        });
    return files;
  }

  static String name(long number) {
    return new SegmentName(TIMELINE, number, SIZE).toString();
  }

  /** A segment with nothing but its first page header. */
  static byte[] segment(long number) {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    XLogPageHeader.write(
        bytes, 0, PgVersion.V15, new TimelineId(1), number * SIZE.bytes(), 0, SIZE, 42);
    return bytes.array();
  }

  void store(long first, long last) throws IOException {
    for (long number = first; number <= last; number++) {
      Files.write(store.resolve(name(number)), segment(number));
    }
  }

  private final class Listener implements Monitor {
    @Override
    public void phase(String name, long totalBytes) {}

    @Override
    public void advance(long bytes) {}

    @Override
    public void warning(String line) {
      warnings.add(line);
    }

    @Override
    public void info(String line) {}
  }
}
