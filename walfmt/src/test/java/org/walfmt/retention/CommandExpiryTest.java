package org.walfmt.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.Monitor;
import org.walfmt.archive.Archive;
import org.walfmt.archive.CommandArchive;
import org.walfmt.archive.CommandSettings;
import org.walfmt.archive.CommandTemplate;
import org.walfmt.archive.CommandTemplate.Kind;
import org.walfmt.series.CommitFile;

/** The same behind commands: one lists, one removes, and commits are fetched. */
class CommandExpiryTest {
  private static final Instant NOW = ArchivedBackup.hour(1000);

  @TempDir Path root;

  private Path store;
  private final List<String> lines = new ArrayList<>();
  private CommitFile.Summary kept;

  @BeforeEach
  void fill() throws Exception {
    MemoryArchive archive = new MemoryArchive(root, false);
    CommitFile.Summary old = ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(2, 20).on(old).in(archive);
    kept = ArchivedBackup.at(3, 30).in(archive);
    archive.add("00000001000000000000001D", 1);
    archive.add("00000001000000000000001E", 1);
    store = Files.createDirectory(root.resolve("store"));
    for (Map.Entry<String, Long> file : archive.files().entrySet()) {
      boolean isCommit = file.getKey().endsWith(".backup");
      Files.write(
          store.resolve(file.getKey()), isCommit ? archive.bytes(file.getKey()) : new byte[1]);
    }
  }

  private Archive open(boolean deleting) throws IOException {
    CommandSettings settings =
        new CommandSettings(
            Optional.empty(),
            new CommandTemplate(Kind.RESTORE, "cp " + store + "/%f %p 2>/dev/null"),
            Optional.of(new CommandTemplate(Kind.LIST, "ls " + store)),
            deleting
                ? Optional.of(new CommandTemplate(Kind.DELETE, "rm -f " + store + "/%f"))
                : Optional.empty(),
            Optional.of(root.resolve("spool")),
            CommandSettings.DEFAULT_SPOOL,
            Duration.ofSeconds(60),
            2,
            Duration.ofMillis(10),
            2);
    return CommandArchive.open(settings, new Quiet());
  }

  private void expire(Archive archive) throws IOException {
    ExpiryPlan plan =
        ExpiryPlanner.plan(Stock.read(archive, "here", NOW), RetentionPolicy.ofFulls(1), true);
    new Expiry(archive, "here", Clock.fixed(NOW, ZoneOffset.UTC), lines::add).execute(plan);
  }

  private List<String> stored() throws IOException {
    try (Stream<Path> files = Files.list(store)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void removesByCommand() throws IOException {
    try (Archive archive = open(true)) {
      expire(archive);
    }
    assertThat(stored())
        .containsExactly(
            "00000001000000000000001E",
            kept.firstSegment().toString(),
            kept.id().commitName(),
            kept.lastSegment().toString());
    assertThat(lines).hasSize(3);
  }

  @Test
  void withoutADeleteCommandNothingGoes() throws IOException {
    List<String> before = stored();
    try (Archive archive = open(false)) {
      assertThatThrownBy(() -> expire(archive))
          .hasMessageContaining("cannot be removed from the archive");
    }
    assertThat(stored()).isEqualTo(before);
  }

  private static final class Quiet implements Monitor {
    @Override
    public void phase(String name, long totalBytes) {}

    @Override
    public void advance(long bytes) {}

    @Override
    public void warning(String line) {
      throw new AssertionError(line);
    }

    @Override
    public void info(String line) {}
  }
}
