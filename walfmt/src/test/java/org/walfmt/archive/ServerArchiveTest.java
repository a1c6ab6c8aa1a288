package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.RefusedException;

/** Rules ARCHIVE-30 to ARCHIVE-35, with a thread for the server's archiver. */
class ServerArchiveTest {
  private static final String FIFTH = CommandStore.name(5);

  @TempDir Path directory;

  private Path wal;
  private Path status;
  private Path store;
  private ServerArchive archive;
  private volatile boolean stopped;
  private volatile boolean works = true;
  private volatile boolean failsOnOurs;
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong archived = new AtomicLong();
  private final AtomicInteger mostWaiting = new AtomicInteger();
  private Thread archiver;

  @BeforeEach
  void startArchiver() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-x---"));
    wal = Files.createDirectory(directory.resolve("pg_wal"));
    status = Files.createDirectory(wal.resolve("archive_status"));
    store = Files.createDirectory(directory.resolve("store"));
    archive =
        new ServerArchive(
            directory,
            CommandStore.SIZE,
            "tag",
            Optional.empty(),
            () ->
                failsOnOurs
                    ? new Archiver.Progress(
                        archived.incrementAndGet(), failed.addAndGet(3), FIFTH, "")
                    : new Archiver.Progress(archived.get(), 0, "", "trouble"),
            Duration.ofMillis(300));
    archiver = new Thread(this::archive);
    archiver.start();
  }

  @AfterEach
  void stopArchiver() throws InterruptedException {
    stopped = true;
    archiver.join();
  }

  private void archive() {
    try {
      while (!stopped) {
        Thread.sleep(5);
        List<Path> ready = files(status, ".ready");
        mostWaiting.accumulateAndGet(ready.size(), Math::max);
        if (works && !ready.isEmpty()) {
          String mark = ready.get(0).getFileName().toString();
          String name = mark.substring(0, mark.length() - ".ready".length());
          Files.copy(wal.resolve(name), store.resolve(name));
          archived.incrementAndGet();
          Files.move(ready.get(0), status.resolve(name + ".done"));
        }
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private List<String> inWal() throws IOException {
    try (Stream<Path> files = Files.walk(wal)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private void put(String name, byte[] bytes) throws IOException {
    try (PendingFile file = archive.create(name, true)) {
      file.write(ByteBuffer.wrap(bytes));
      file.publish();
    }
  }

  @Test
  void theArchiverStoresWhatIsPutAndNothingStays() throws IOException {
    put(FIFTH, CommandStore.segment(5));
    put(FIFTH + ".00000028.backup", new byte[] {1, 2, 3});
    assertThat(store.resolve(FIFTH)).hasBinaryContent(CommandStore.segment(5));
    assertThat(store.resolve(FIFTH + ".00000028.backup")).hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(inWal()).isEmpty();
  }

  @Test
  void atMostFourWait() throws IOException {
    works = false;
    SegmentUploader uploader =
        new SegmentUploader(archive, CommandStore.TIMELINE, CommandStore.SIZE);
    works = true;
    for (long number = 5; number < 30; number++) {
      uploader.begin(number);
      uploader.write(ByteBuffer.wrap(CommandStore.segment(number)));
      uploader.end();
    }
    uploader.finish();
    assertThat(files(store, "")).hasSize(25);
    assertThat(mostWaiting.get()).isBetween(1, 4);
    assertThat(inWal()).isEmpty();
  }

  @Test
  void filesHaveTheModeThatTheServerGivesThem() throws Exception {
    works = false;
    Thread thread =
        new Thread(
            () -> {
              try {
                put(FIFTH, CommandStore.segment(5));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    thread.start();
    Path ready = status.resolve(FIFTH + ".ready");
    while (!Files.exists(ready)) {
      Thread.sleep(1);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(wal.resolve(FIFTH))))
        .isEqualTo("rw-r-----");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ready)))
        .isEqualTo("rw-r-----");
    assertThat(Files.getOwner(wal.resolve(FIFTH))).isEqualTo(Files.getOwner(directory));
    works = true;
    thread.join();
  }

  @Test
  void anArchiverThatDoesNothingIsWaitedForSoLong() throws IOException {
    works = false;
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> put(FIFTH, CommandStore.segment(5)));
    assertThat(e).hasMessageContaining("the server has not archived " + FIFTH + " within");
    assertThat(e.detail()).contains("trouble");
    assertThat(inWal()).isEmpty();
  }

  @Test
  void anArchiverThatIsBusyWithOthersIsWaitedFor() throws Exception {
    works = false;
    Thread others =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < 10; i++) {
                  Thread.sleep(100);
                  archived.incrementAndGet();
                }
                works = true;
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    others.start();
    put(FIFTH, CommandStore.segment(5));
    others.join();
    assertThat(store.resolve(FIFTH)).exists();
  }

  @Test
  @Timeout(60)
  void anArchiverThatFailsOnOursWhileItStoresOthersIsNotWaitedForForEver() throws IOException {
    works = false;
    failsOnOurs = true;
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> put(FIFTH, CommandStore.segment(5)));
    assertThat(e).hasMessageContaining("the server has not archived " + FIFTH + " within");
    assertThat(e.detail()).contains("the archiver failed on " + FIFTH);
    assertThat(inWal()).isEmpty();
  }

  @Test
  void whatTheServerHasRecycledCountsAsArchived() throws Exception {
    works = false;
    Thread server =
        new Thread(
            () -> {
              try {
                Path ready = status.resolve(FIFTH + ".ready");
                while (!Files.exists(ready)) {
                  Thread.sleep(1);
                }
                Files.move(wal.resolve(FIFTH), wal.resolve("000000010000000000000099"));
                Files.delete(ready);
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    server.start();
    put(FIFTH, CommandStore.segment(5));
    server.join();
    assertThat(inWal()).containsExactly("000000010000000000000099");
  }

  @Test
  void aNameThatIsTakenStays() throws IOException {
    works = false;
    Files.writeString(status.resolve(FIFTH + ".done"), "");
    assertThatThrownBy(() -> put(FIFTH, CommandStore.segment(5)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(inWal()).containsExactly(FIFTH + ".done");
  }

  @Test
  void whatADeadRunLeftIsTakenAway() throws IOException {
    works = false;
    for (String left :
        List.of(
            FIFTH,
            "archive_status/" + FIFTH + ".ready",
            CommandStore.name(6),
            "archive_status/" + CommandStore.name(6) + ".done",
            "archive_status/" + CommandStore.name(7) + ".done",
            FIFTH + ".00000028.backup",
            "archive_status/" + FIFTH + ".00000028.backup.ready",
            "xlogtemp.walfmt.old.7",
            "000000010000000000000005",
            "archive_status/000000010000000000000005.ready",
            "xlogtemp.walfmt.other.7")) {
      Files.writeString(wal.resolve(left), "");
    }
    Files.writeString(
        wal.resolve(".walfmt-8CF01234.run"), "host here\npid 4000000\ntag old\nend\n");
    assertThat(RunLock.removeDeadRuns(archive, "here")).hasSize(1);
    assertThat(inWal())
        .containsExactly(
            "000000010000000000000005",
            "000000010000000000000005.ready",
            "xlogtemp.walfmt.other.7");
  }

  @Test
  void marksTellWhetherOrdinaryWalIsArchived() throws IOException {
    works = false;
    String ordinary = "000000010000000000000005";
    assertThat(archive.length(ordinary)).as("never seen").isEmpty();
    Files.writeString(wal.resolve("00000001.history"), "");
    Files.writeString(wal.resolve("000000020000000000000004"), "");
    Files.writeString(wal.resolve("8CF012340000000000000007"), "");
    assertThat(archive.length(ordinary)).as("still never seen").isEmpty();
    Files.writeString(wal.resolve("000000020000000000000006"), "");
    assertThat(archive.length(ordinary)).as("recycled").contains(1L << 20);
    assertThat(archive.length("00000002.history")).as("the server removes none").isEmpty();
    Files.writeString(wal.resolve(ordinary), "");
    assertThat(archive.length(ordinary)).as("not full yet").isEmpty();
    Files.writeString(status.resolve(ordinary + ".ready"), "");
    assertThat(archive.length(ordinary)).as("waiting").isEmpty();
    Files.move(status.resolve(ordinary + ".ready"), status.resolve(ordinary + ".done"));
    assertThat(archive.length(ordinary)).as("done").contains(1L << 20);
  }

  @Test
  void withoutARestoreCommandNothingCanBeFetched() {
    assertThatThrownBy(() -> archive.open(FIFTH))
        .isInstanceOf(RefusedException.class)
        .hasMessage("files that the server has archived cannot be fetched");
    assertThat(archive.canList()).isFalse();
    assertThat(archive.canDelete()).isFalse();
  }

  private ServerArchive reading(CommandStore commands) throws IOException {
    return new ServerArchive(
        directory,
        CommandStore.SIZE,
        "tag",
        Optional.of(commands.open()),
        () -> new Archiver.Progress(archived.get(), 0, "", ""),
        Duration.ofSeconds(2));
  }

  @Test
  void aDeadRunsCommitIsLeftToTheArchiverFirst() throws IOException {
    String commit = FIFTH + Archive.COMMIT_SUFFIX;
    Path root = Files.createDirectory(directory.resolve("commands"));
    CommandStore commands = new CommandStore(root);
    commands.restore = "cp " + store + "/%f %p";
    commands.list = Optional.of("ls " + store);
    commands.delete = Optional.of("rm -f " + store + "/%f");
    for (boolean isStored : List.of(true, false)) {
      works = isStored;
      Files.write(store.resolve(FIFTH), CommandStore.segment(5));
      Files.writeString(wal.resolve(commit), "");
      try (ServerArchive both = reading(commands)) {
        Files.writeString(status.resolve(commit + ".ready"), "");
        assertThat(both.removeLeft("8CF01234", "old")).isEqualTo(isStored);
      }
      assertThat(inWal()).isEmpty();
      assertThat(store.resolve(FIFTH)).exists();
      assertThat(Files.deleteIfExists(store.resolve(commit))).isEqualTo(isStored);
    }
    try (ServerArchive both = reading(commands)) {
      assertThat(both.removeLeft("8CF01234", "old")).isTrue();
    }
    assertThat(store.resolve(FIFTH)).doesNotExist();
  }
}
