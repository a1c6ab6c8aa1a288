package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.RefusedException;
import org.walfmt.SegmentName;
import org.walfmt.segment.SegmentInput;
import org.walfmt.series.SeriesSegments;

class CommandArchiveTest {
  private static final String FIFTH = CommandStore.name(5);

  @TempDir Path directory;

  private CommandStore store;

  @BeforeEach
  void createStore() throws IOException {
    store = new CommandStore(directory);
  }

  private static void put(Archive archive, String name, byte[] bytes) throws IOException {
    try (PendingFile file = archive.create(name, true)) {
      file.write(ByteBuffer.wrap(bytes));
      file.publish();
    }
  }

  private static String read(Archive archive, String name) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    try (SegmentInput input = archive.open(name).orElseThrow()) {
      while (input.read(bytes) > 0) {}
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  private static void readAll(SeriesSegments segments, long first, long last) throws IOException {
    for (long number = first; number <= last; number++) {
      try (SegmentInput input = segments.open(number).orElseThrow()) {
        ByteBuffer bytes = ByteBuffer.allocate(2 << 20);
        while (input.read(bytes) >= 0) {}
        assertThat(bytes.flip()).isEqualTo(ByteBuffer.wrap(CommandStore.segment(number)));
      }
    }
  }

  private static SeriesSegments series(Archive archive, long first, long last) {
    return new SeriesSegments(
        archive, new SegmentName(CommandStore.TIMELINE, first, CommandStore.SIZE), last);
  }

  @Test
  void filesComeBackAsTheyWerePut() throws IOException {
    try (CommandArchive archive = store.open()) {
      put(archive, FIFTH, CommandStore.segment(5));
      put(archive, FIFTH + ".00000028.backup", "commit".getBytes(StandardCharsets.UTF_8));
      assertThat(read(archive, FIFTH + ".00000028.backup")).isEqualTo("commit");
      assertThat(archive.length(FIFTH)).contains(1L << 20);
      assertThat(archive.length(CommandStore.name(6))).isEmpty();
      assertThat(archive.open("00000002.history")).isEmpty();
    }
    assertThat(store.spooled()).isEmpty();
  }

  @Test
  void theServersArchiverMayHavePutTheSameBytesBefore() throws IOException {
    Path wal = Files.createDirectory(directory.resolve("pg_wal"));
    Path sixth = Files.write(wal.resolve(CommandStore.name(6)), CommandStore.segment(6));
    Path seventh = Files.write(wal.resolve(CommandStore.name(7)), CommandStore.segment(7));
    store.store(6, 6);
    byte[] other = CommandStore.segment(7);
    other[other.length - 1] = 1;
    Files.write(store.store.resolve(CommandStore.name(7)), other);
    try (CommandArchive archive = store.open()) {
      assertThat(archive.put(CommandStore.name(6), sixth)).isFalse();
      assertThatThrownBy(() -> archive.put(CommandStore.name(7), seventh))
          .isInstanceOf(DifferentContentException.class);
    }
    assertThat(store.spooled()).isEmpty();
  }

  @Test
  void aTimelineIsClaimedOnceByItsFirstFile() throws IOException {
    try (CommandArchive archive = store.open()) {
      put(archive, FIFTH, CommandStore.segment(5));
      put(archive, CommandStore.name(6), CommandStore.segment(6));
      assertThat(store.runs("get")).containsExactly(FIFTH);
    }
    try (CommandArchive other = store.open()) {
      assertThatThrownBy(() -> put(other, FIFTH, CommandStore.segment(5)))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(store.runs("put")).containsExactly(FIFTH, CommandStore.name(6));
    }
  }

  @Test
  void aSegmentIsFetchedOnceHoweverOftenItIsAskedFor() throws IOException {
    store.store(5, 5);
    try (CommandArchive archive = store.open()) {
      assertThat(archive.length(CommandStore.name(4))).isEmpty();
      for (int i = 0; i < 3; i++) {
        assertThat(archive.length(FIFTH)).contains(1L << 20);
        archive.open(FIFTH).orElseThrow().close();
      }
      assertThat(store.runs("get")).containsExactly(CommandStore.name(4), FIFTH);
    }
  }

  @Test
  void whatWasNotThereIsAskedForAgain() throws IOException {
    try (CommandArchive archive = store.open()) {
      assertThat(archive.length(FIFTH)).isEmpty();
      store.store(5, 5);
      assertThat(archive.length(FIFTH)).isPresent();
    }
  }

  @Test
  void commitsAndHistoriesAreNeverRemembered() throws IOException {
    Files.writeString(store.store.resolve("00000002.history"), "x");
    try (CommandArchive archive = store.open()) {
      assertThat(archive.length("00000002.history")).contains(1L);
      Files.delete(store.store.resolve("00000002.history"));
      assertThat(archive.length("00000002.history")).isEmpty();
    }
  }

  @Test
  void segmentsOfASeriesAreFetchedAheadOnceEach() throws Exception {
    store.store(5, 20);
    try (CommandArchive archive = store.open()) {
      readAll(series(archive, 5, 20), 5, 6);
      for (int i = 0; i < 1000 && store.runs("get").size() < 6; i++) {
        Thread.sleep(10);
      }
      assertThat(store.runs("get"))
          .containsExactlyInAnyOrderElementsOf(
              Stream.iterate(5L, n -> n + 1).limit(6).map(CommandStore::name).toList());
      readAll(series(archive, 5, 20), 7, 20);
      assertThat(store.runs("get")).hasSize(16).doesNotHaveDuplicates();
    }
  }

  @Test
  void theSpoolStaysWithinItsLimit() throws IOException {
    store.spoolBytes = 3 << 20;
    store.store(5, 30);
    try (CommandArchive archive = store.open()) {
      SeriesSegments segments = series(archive, 5, 30);
      for (long number = 5; number <= 30; number++) {
        readAll(segments, number, number);
        assertThat(store.spooled().stream().mapToLong(file -> file.toFile().length()).sum())
            .isLessThanOrEqualTo(3 << 20);
      }
    }
  }

  @Test
  void moreThanTheLimitCanBeOpen() throws IOException {
    store.spoolBytes = 1 << 20;
    store.store(5, 8);
    try (CommandArchive archive = store.open();
        SegmentInput one = archive.open(FIFTH).orElseThrow();
        SegmentInput other = archive.open(CommandStore.name(6)).orElseThrow()) {
      assertThat(one.read(ByteBuffer.allocate(100))).isEqualTo(100);
      assertThat(other.read(ByteBuffer.allocate(100))).isEqualTo(100);
    }
  }

  @Test
  void aSegmentThatMustBeThereIsAskedForMoreThanOnce() throws IOException {
    store.restore =
        store.logged(
            "get",
            "[ $(wc -l <"
                + directory.resolve("get.log")
                + ") -gt 2 ] && cp "
                + store.store
                + "/%f %p");
    store.store(5, 5);
    try (CommandArchive archive = store.open()) {
      readAll(series(archive, 5, 5), 5, 5);
      assertThat(store.runs("get")).hasSize(3);
      assertThat(store.warnings).hasSize(2);
      assertThat(series(archive, 5, 6).open(6)).isEmpty();
    }
  }

  @Test
  void withoutAListCommandItIsAskedByNameOnly() throws IOException {
    try (CommandArchive archive = store.open()) {
      assertThat(archive.canList()).isFalse();
      assertThat(archive.firstMissing(List.of(FIFTH), 1 << 20)).isEmpty();
      assertThatThrownBy(archive::list)
          .isInstanceOf(RefusedException.class)
          .hasMessage("the archive can only be asked for files by name");
      assertThatThrownBy(() -> archive.delete(FIFTH)).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void aListMayHaveNamesThatAreNotUtf8() throws IOException {
    store.allowAll();
    store.store(5, 5);
    store.list = Optional.of("printf 'R\\351sum\\351\\n'; ls " + store.store);
    try (CommandArchive archive = store.open()) {
      assertThat(archive.list()).containsExactly(FIFTH);
    }
  }

  @Test
  void withAListCommandItTellsWhatIsMissing() throws IOException {
    store.allowAll();
    store.store(5, 6);
    try (CommandArchive archive = store.open()) {
      assertThat(archive.list()).containsExactlyInAnyOrder(FIFTH, CommandStore.name(6));
      assertThat(archive.firstMissing(List.of(FIFTH, CommandStore.name(6)), 1 << 20)).isEmpty();
      archive.delete(FIFTH);
      archive.delete(FIFTH);
      assertThat(archive.firstMissing(List.of(FIFTH, CommandStore.name(6)), 1 << 20))
          .contains(FIFTH);
      assertThat(store.runs("get")).isEmpty();
    }
  }

  @Test
  void theLastWordsOfACommandAreKept() throws IOException {
    store.archive = "echo said; echo complained >&2; exit 1 # %p";
    try (CommandArchive archive = store.open()) {
      assertThatThrownBy(() -> put(archive, FIFTH, CommandStore.segment(5)))
          .isInstanceOfSatisfying(
              CommandFailedException.class,
              e -> assertThat(e.output()).isEqualTo("said\ncomplained"));
      assertThat(store.warnings.get(0))
          .isEqualTo(
              "archive command for "
                  + FIFTH
                  + " failed: exit status 1 (complained); try 2 of 3 in 0.01 s");
    }
  }

  @Test
  void anInterruptEndsTheCommandAndItsChildren() throws Exception {
    Path pid = directory.resolve("pid");
    store.restore = "sh -c 'echo $$ >" + pid + "; exec sleep 60' # %f %p";
    try (CommandArchive archive = store.open()) {
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  archive.open(FIFTH);
                  failure.complete(new AssertionError("no failure"));
                } catch (Throwable e) {
                  failure.complete(e);
                }
              });
      thread.start();
      for (int i = 0; i < 1000 && (!Files.exists(pid) || Files.size(pid) == 0); i++) {
        Thread.sleep(10);
      }
      thread.interrupt();
      assertThat(failure.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
      long child = Long.parseLong(Files.readString(pid).strip());
      assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }
    assertThat(store.spooled()).isEmpty();
  }

  @Test
  void anAbandonedSeriesIsTakenOutWhereThatCanBe() throws IOException {
    store.allowAll();
    try (CommandArchive archive = store.open()) {
      SegmentUploader uploader =
          new SegmentUploader(archive, CommandStore.TIMELINE, CommandStore.SIZE);
      for (long number = 5; number < 12; number++) {
        uploader.begin(number);
        uploader.write(ByteBuffer.wrap(CommandStore.segment(number)));
        uploader.end();
      }
      uploader.abandon();
      assertThat(archive.list()).isEmpty();
    }
    assertThat(store.spooled()).isEmpty();
  }

  @Test
  void segmentsArePutSideBySideAfterTheFirst() throws IOException {
    store.archive =
        store.logged("put", "cp %p " + store.store + "/%f && echo %f >>" + directory + "/done");
    try (CommandArchive archive = store.open()) {
      SegmentUploader uploader =
          new SegmentUploader(archive, CommandStore.TIMELINE, CommandStore.SIZE);
      for (long number = 5; number < 25; number++) {
        uploader.begin(number);
        uploader.write(ByteBuffer.wrap(CommandStore.segment(number)));
        uploader.end();
      }
      uploader.finish();
      assertThat(uploader.names()).hasSize(20).isSorted();
    }
    assertThat(store.runs("put").get(0)).isEqualTo(FIFTH);
    assertThat(Files.readAllLines(directory.resolve("done"))).hasSize(20).startsWith(FIFTH);
  }

  @Test
  void runsAreNotedInTheSpool() throws IOException {
    store.allowAll();
    Path run;
    try (CommandArchive archive = store.open();
        RunLock lock =
            RunLock.claim(archive, CommandStore.TIMELINE, "here", "tag", Optional.empty())) {
      run = archive.runs().resolve(".walfmt-8CF01234.run");
      assertThat(run).exists();
      assertThat(lock.timeline()).isEqualTo(CommandStore.TIMELINE);
    }
    assertThat(run).doesNotExist();
    store.store(5, 6);
    Files.writeString(run, "host here\npid 4000000\ntag old\nend\n");
    try (CommandArchive archive = store.open()) {
      assertThat(RunLock.removeDeadRuns(archive, "here"))
          .containsExactly(
              "removed what an interrupted backup had left on series timeline 8CF01234");
      assertThat(archive.list()).isEmpty();
    }
  }

  @Test
  void whatCannotBeTakenOutIsTold() throws IOException {
    store.store(5, 6);
    try (CommandArchive archive = store.open()) {
      Files.writeString(
          archive.runs().resolve(".walfmt-8CF01234.run"), "host here\npid 4\ntag old\nend\n");
      assertThat(RunLock.removeDeadRuns(archive, "here").get(0))
          .contains("may have left segments without a commit on series timeline 8CF01234");
      assertThat(RunLock.removeDeadRuns(archive, "here")).isEmpty();
    }
  }

  @Test
  void theSpoolIsPrivateAndCleanedUpAfterDeadProcesses() throws IOException {
    Path left;
    try (CommandArchive archive = store.open()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(store.spool())))
          .isEqualTo("rwx------");
      left = Files.createDirectory(archive.runs().resolve("1"));
    }
    Files.writeString(left.resolve("1-x"), "x");
    Files.writeString(left.resolveSibling("1.lock"), "");
    store.open().close();
    assertThat(store.spooled()).isEmpty();
    assertThat(left).doesNotExist();
  }

  @Test
  void aSpoolThatAShellWouldTakeApartIsRefused() throws IOException {
    Path spool = Files.createDirectory(directory.resolve("with space"));
    CommandSettings plain = store.settings();
    CommandSettings settings =
        new CommandSettings(
            plain.archive(),
            plain.restore(),
            plain.list(),
            plain.delete(),
            Optional.of(spool),
            plain.spoolBytes(),
            plain.timeout(),
            plain.tries(),
            plain.pause(),
            plain.transfers());
    assertThatThrownBy(() -> Spool.open(settings.spool(), settings.identity()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("has characters that a shell would not take as they are");
  }

  private static final String COMMIT = FIFTH + ".00000028.backup";

  /** A restore command that says so many times that there is none of a name. */
  private String failing(String name, int times) {
    String count = "$(grep -c '^" + name + "$' " + directory.resolve("get.log") + ")";
    return store.logged(
        "get",
        "if [ %f = "
            + name
            + " ] && [ "
            + count
            + " -le "
            + times
            + " ]; then exit 1; fi; cp "
            + store.store
            + "/%f %p 2>/dev/null");
  }

  @Test
  void whatIsListedIsFetchedInAllTriesOrAnError() throws IOException {
    store.allowAll();
    Files.writeString(store.store.resolve(COMMIT), "x");
    store.restore = failing(COMMIT, 2);
    try (CommandArchive archive = store.open()) {
      archive.openListed(COMMIT).orElseThrow().close();
      assertThat(archive.openListed("00000002.history")).isEmpty();
      assertThat(store.runs("get")).containsExactly(COMMIT, COMMIT, COMMIT, "00000002.history");
    }
    store.restore = failing(COMMIT, 99);
    try (CommandArchive archive = store.open()) {
      assertThatThrownBy(() -> archive.openListed(COMMIT))
          .isInstanceOf(RefusedException.class)
          .hasMessage("file " + COMMIT + " is listed, and cannot be fetched from archive \"echo\"");
    }
  }

  @Test
  void afterABackupItsEndsAreFetchedOrWhatIsNotListedYet() throws IOException {
    store.store(5, 8);
    List<String> names = Stream.of(5L, 6L, 7L, 8L).map(CommandStore::name).toList();
    try (CommandArchive archive = store.open()) {
      assertThat(archive.firstNotStored(names, 1 << 20)).isEmpty();
      assertThat(store.runs("get")).containsExactly(names.get(0), names.get(3));
      Files.delete(store.store.resolve(names.get(3)));
      assertThat(archive.firstNotStored(names, 1 << 20)).contains(names.get(3));
    }
    store.allowAll();
    store.list = Optional.of("ls " + store.store + " | grep -v " + names.get(2));
    try (CommandArchive archive = store.open()) {
      int before = store.runs("get").size();
      assertThat(archive.firstNotStored(names.subList(0, 3), 1 << 20)).isEmpty();
      assertThat(store.runs("get")).hasSize(before + 1);
      Files.delete(store.store.resolve(names.get(2)));
      assertThat(archive.firstNotStored(names.subList(0, 3), 1 << 20)).contains(names.get(2));
    }
  }

  @Test
  void aDeadRunsSegmentsStayIfTheListLagsBehindItsCommit() throws IOException {
    store.allowAll();
    store.list = Optional.of("ls " + store.store + " | grep -v backup || true");
    store.store(5, 7);
    Files.writeString(store.store.resolve(COMMIT), "x");
    store.restore = failing(COMMIT, 2);
    try (CommandArchive archive = store.open()) {
      assertThat(archive.removeLeft("8CF01234", "feed")).isTrue();
      assertThat(archive.list()).hasSize(3);
      Files.delete(store.store.resolve(COMMIT));
      assertThat(archive.removeLeft("8CF01234", "feed")).isTrue();
      assertThat(archive.list()).isEmpty();
    }
  }
}
