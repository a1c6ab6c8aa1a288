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
import org.walfmt.series.BackupChoice;
import org.walfmt.series.CommitFile;

/** The same behind commands: one lists, one removes, and commits are fetched. */
class CommandExpiryTest {
  private static final Instant NOW = ArchivedBackup.hour(1000);

  @TempDir Path root;

  private Path store;
  private String trouble = "";
  private String filter = "";
  private final List<String> warnings = new ArrayList<>();
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
            new CommandTemplate(Kind.RESTORE, trouble + "cp " + store + "/%f %p 2>/dev/null"),
            Optional.of(new CommandTemplate(Kind.LIST, "ls " + store + filter)),
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
    assertThat(warnings).isEmpty();
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

  /** So many fetches of a name find nothing, as when a store cannot be reached for a moment. */
  private void fail(String name, int times) {
    String log = root.resolve("fetched").toString();
    trouble =
        "if [ %f = "
            + name
            + " ]; then echo >>"
            + log
            + "; [ $(wc -l <"
            + log
            + ") -gt "
            + times
            + " ] || exit 1; fi; ";
  }

  @Test
  void aCommitThatIsListedIsFetchedAgain() throws Exception {
    fail(kept.id().commitName(), 1);
    try (Archive archive = open(true)) {
      expire(archive);
    }
    assertThat(stored()).contains(kept.id().commitName()).hasSize(4);
  }

  @Test
  void aCommitThatIsListedAndCannotBeFetchedStopsItAndRestoringTheLatest() throws Exception {
    List<String> before = stored();
    fail(kept.id().commitName(), 99);
    try (Archive archive = open(true)) {
      String message = "file " + kept.id().commitName() + " is listed, and cannot be fetched";
      assertThatThrownBy(() -> expire(archive)).hasMessageContaining(message);
      assertThatThrownBy(() -> new BackupChoice(archive).find("latest", new Quiet()))
          .hasMessageContaining(message);
    }
    assertThat(stored()).isEqualTo(before);
    assertThat(warnings).as("of tries").isNotEmpty();
  }

  @Test
  void aHistoryThatIsListedAndCannotBeFetchedStopsItAndRestoringTheLatest() throws Exception {
    Files.writeString(store.resolve("00000002.history"), "1\t0/1E000100\tno recovery target\n");
    List<String> before = stored();
    fail("00000002.history", 99);
    try (Archive archive = open(true)) {
      String message = "file 00000002.history is listed, and cannot be fetched";
      assertThatThrownBy(() -> expire(archive)).hasMessageContaining(message);
      assertThatThrownBy(() -> new BackupChoice(archive).find("latest", new Quiet()))
          .hasMessageContaining(message);
    }
    assertThat(stored()).isEqualTo(before);
  }

  @Test
  void whatLooksLeftOverOfADeadRunIsNoneIfItsCommitIsThere() throws Exception {
    filter = " | grep -v " + kept.id().commitName();
    try (Archive archive = open(true)) {
      Files.writeString(
          archive.runs().resolve(".walfmt-" + kept.id().timeline().toHex() + ".run"),
          "host here\npid 1\ntag \nparent none\nend\n");
      assertThatThrownBy(() -> expire(archive))
          .hasMessageContaining("backup " + kept.id() + " has been taken");
    }
    assertThat(stored()).contains(kept.firstSegment().toString(), kept.lastSegment().toString());
  }

  private final class Quiet implements Monitor {
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
