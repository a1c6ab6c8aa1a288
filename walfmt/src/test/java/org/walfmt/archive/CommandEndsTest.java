package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.Monitor;
import org.walfmt.segment.SegmentInput;

/**
 * Rules ARCHIVE-10 to ARCHIVE-14: each way in which a command can end has the documented effect.
 */
class CommandEndsTest {
  private static final String NAME = CommandStore.name(5);

  private static final Monitor QUIET =
      new Monitor() {
        @Override
        public void phase(String name, long totalBytes) {}

        @Override
        public void advance(long bytes) {}

        @Override
        public void warning(String line) {}

        @Override
        public void info(String line) {}
      };

  @TempDir Path directory;

  private CommandStore store;

  @BeforeEach
  void createStore() throws IOException {
    store = new CommandStore(directory);
  }

  /** Does {@code trouble} in the runs up to the last in trouble, then what it should. */
  private String troubled(String log, int runs, String trouble, String command) {
    String count = "$(wc -l <" + directory.resolve(log + ".log") + ")";
    return store.logged(
        log,
        "if [ "
            + count
            + " -le "
            + runs
            + " ]; then "
            + trouble.replace("STORE", store.store.toString())
            + "; else "
            + command
            + "; fi");
  }

  private static void check(
      @Nullable Throwable failure, @Nullable String message, CommandStore store, int tries) {
    if (message == null) {
      assertThat(failure).isNull();
    } else {
      assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining(message);
    }
    assertThat(store.warnings).as("a line for each retry").hasSize(tries - 1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      nullValues = "-",
      value = {
        "succeeds,               0, true,                  1, -",
        "fails once,             1, exit 1,                2, -",
        "fails twice,            2, exit 125,              3, -",
        "fails always,           9, echo no >&2; exit 125, 3, failed 3 times: exit status 125",
        "cannot be executed,     9, exit 126,              1, failed: exit status 126",
        "is not found,           9, walfmt-no-such-thing,  1, failed: exit status 127",
        "is killed,              9, kill -9 $$,            1, failed: ended by signal 9",
        "is ended by its child,  9, sh -c 'kill $$',       1, failed: ended by signal 15",
        "cannot connect,         9, exit 255,              1, 'failed: exit status 255, as of ssh'",
        "has a high status,      9, exit 200,              1, failed: exit status 200",
        "hangs once,             1, sleep 60,              2, -",
        "hangs always,           9, sleep 60 | sleep 61,   3, failed 3 times: timed out",
        "'stores, but says not', 9, cp %p STORE/%f; exit 1,3, -",
        "stores other bytes,     9, cp STORE/other STORE/%f; exit 1, 3, failed 3 times: exit status 1",
      })
  void ofAnArchiveCommand(
      String what, int runs, String trouble, int tries, @Nullable String message)
      throws IOException {
    byte[] other = CommandStore.segment(5);
    other[100] = 1;
    Files.write(store.store.resolve("other"), other);
    store.timeout = Duration.ofMillis(trouble.contains("sleep") ? 500 : 60_000);
    store.archive = troubled("put", runs, trouble, "cp %p " + store.store + "/%f");
    try (CommandArchive archive = store.open()) {
      Throwable failure =
          catchThrowable(
              () -> {
                try (PendingFile file = archive.create(NAME, false)) {
                  file.write(ByteBuffer.wrap(CommandStore.segment(5)));
                  file.publish();
                }
              });
      check(failure, message, store, tries);
      assertThat(store.runs("put")).hasSize(tries);
    }
    if (message == null) {
      assertThat(Files.readAllBytes(store.store.resolve(NAME))).isEqualTo(CommandStore.segment(5));
    }
    assertThat(store.spooled()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      nullValues = "-",
      value = {
        "succeeds,             0, true,                      1, true,  -",
        "has none,             9, exit 1,                    1, false, -",
        "has none of 125,      9, exit 125,                  1, false, -",
        "leaves an empty one,  9, cat /nonexistent >%p,      1, false, -",
        "leaves a part once,   1, echo x >%p; exit 1,        2, true,  -",
        "leaves a part always, 9, echo x >%p; exit 1,        3, true,  failed 3 times: exit status 1",
        "makes no file once,   1, true,                      2, true,  -",
        "makes no file,        9, true,                      3, true,  'status 0, but has made no file'",
        "makes a short one,    9, head -c 99 STORE/%f >%p,   3, true,  'has 99 bytes, expected 1048576'",
        "makes an empty one,   9, touch %p,                  3, true,  'has 0 bytes, too few'",
        "makes a short one once,1,head -c 8192 STORE/%f >%p, 2, true,  -",
        "makes one of zeros,   9, head -c 1M /dev/zero >%p,  3, true,  does not begin as a segment does",
        "makes another one,    9, cp STORE/other %p,         3, true,  'another segment came for'",
        "cannot be executed,   9, exit 126,                  1, true,  failed: exit status 126",
        "is not found,         9, walfmt-no-such-thing,      1, true,  failed: exit status 127",
        "is killed,            9, kill -9 $$,                1, true,  failed: ended by signal 9",
        "hangs once,           1, sleep 60,                  2, true,  -",
        "hangs always,         9, sleep 60 | sleep 61,       3, true,  failed 3 times: timed out",
      })
  void ofARestoreCommand(
      String what, int runs, String trouble, int tries, boolean isThere, @Nullable String message)
      throws IOException {
    Files.write(store.store.resolve(NAME), CommandStore.segment(5));
    Files.write(store.store.resolve("other"), CommandStore.segment(6));
    store.timeout = Duration.ofMillis(trouble.contains("sleep") ? 500 : 60_000);
    store.restore = troubled("get", runs, trouble, "cp " + store.store + "/%f %p");
    try (CommandArchive archive = store.open()) {
      Throwable failure =
          catchThrowable(
              () -> {
                var opened = archive.open(NAME);
                assertThat(opened.isPresent()).isEqualTo(isThere);
                if (opened.isPresent()) {
                  try (SegmentInput input = opened.get()) {
                    ByteBuffer bytes = ByteBuffer.allocate(2 << 20);
                    while (input.read(bytes) >= 0) {}
                    assertThat(bytes.flip()).isEqualTo(ByteBuffer.wrap(CommandStore.segment(5)));
                  }
                }
              });
      check(failure, message, store, tries);
      assertThat(store.runs("get")).hasSize(tries);
    }
    assertThat(store.spooled()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sleep 987 & echo $! >PID; wait",
        "(sleep 987 & echo $! >PID); sleep 987", // its parent ends at once
        "(trap '' TERM; sleep 987 & echo $! >PID; wait); sleep 987",
      })
  void noProcessOfACommandThatTakesTooLongSurvivesIt(String command) throws Exception {
    Path pid = directory.resolve("pid");
    store.timeout = Duration.ofMillis(500);
    store.restore = command.replace("PID", pid.toString()) + "; : %f %p";
    try (CommandArchive archive = CommandArchive.open(store.settings().withoutRetries(), QUIET)) {
      assertThatThrownBy(() -> archive.open(NAME)).hasMessageContaining("timed out");
    }
    long started = Long.parseLong(Files.readString(pid).strip());
    long patience = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (isAlive(started) && System.nanoTime() - patience < 0) {
      Thread.sleep(10);
    }
    assertThat(isAlive(started)).as("sleep is still there").isFalse();
  }

  /** Of a process that nobody has waited for yet, no command line is left. */
  private static boolean isAlive(long pid) throws IOException {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline")).contains("987");
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
