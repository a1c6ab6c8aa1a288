package org.walfmt.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.RefusedException;
import org.walfmt.archive.Archive;
import org.walfmt.archive.CommandArchive;
import org.walfmt.archive.CommandSettings;
import org.walfmt.archive.CommandTemplate;
import org.walfmt.archive.CommandTemplate.Kind;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCommit;
import org.walfmt.writer.kit.Remarks;
import org.walfmt.writer.kit.TestSeries;

/** Commits a series for a second time, after its first commit was taken away. */
class SeriesCommitTest {
  @TempDir Path directory;
  private SeriesCommit commit;
  private CommitFile file;
  private List<String> segments;
  private Path published;

  @BeforeEach
  void makeASeries() throws IOException {
    TestSeries made = TestSeries.full(directory, 1, "0/3000028");
    made.writer().startFile("global/pg_control");
    Series series = made.finish("0/4000000");
    file =
        new CommitFile(
            series.id(),
            series.begin(),
            series.end(),
            series.commit().lastSegment(),
            series.commit().indexLsn(),
            series.commit().endLsn(),
            List.of());
    segments = List.of(series.commit().firstSegment().toString());
    published = directory.resolve(series.id().commitName());
    Files.delete(published);
    commit = new SeriesCommit(made.archive());
  }

  @Test
  void publishesTheCommitAndCanWithdrawIt() throws IOException {
    commit.publish(file, segments);
    assertThat(published).exists();
    commit.withdraw();
    assertThat(published).doesNotExist();
  }

  @Test
  void refusesToCommitWhatIsNotThere() throws IOException {
    Files.delete(directory.resolve(segments.get(0)));
    assertThatThrownBy(() -> commit.publish(file, segments))
        .isInstanceOf(RefusedException.class)
        .hasMessage(
            "segment "
                + segments.get(0)
                + " of the series has vanished from archive \""
                + directory
                + "\"");
    commit.withdraw();
    assertThat(published).doesNotExist();
  }

  /** As an expiry that began before the commit was there. */
  @Test
  void noticesThatTheParentWentWhileTheCommitCame() throws IOException {
    Files.write(published, file.encode());
    Series parent =
        Series.open(
            new DirectoryArchive(directory, "test"), CommitFile.decode(file.id(), file.encode()));
    TestSeries made = TestSeries.incremental(directory, 2, "0/5000028", parent);
    made.writer().startFile("global/pg_control");
    Series child = made.finish("0/6000000");
    CommitFile commitOfChild =
        new CommitFile(
            child.id(),
            child.begin(),
            child.end(),
            child.commit().lastSegment(),
            child.commit().indexLsn(),
            child.commit().endLsn(),
            List.of());
    Path childsCommit = directory.resolve(child.id().commitName());
    Files.delete(childsCommit);
    Archive archive = new DirectoryArchive(directory, "late");
    Archive losing =
        (Archive)
            Proxy.newProxyInstance(
                Archive.class.getClassLoader(),
                new Class<?>[] {Archive.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("create")) {
                    Files.delete(published);
                  }
                  return method.invoke(archive, arguments);
                });
    SeriesCommit late = new SeriesCommit(losing);
    assertThatThrownBy(
            () -> late.publish(commitOfChild, List.of(child.commit().firstSegment().toString())))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("the parent's commit " + file.id().commitName());
    late.withdraw();
    assertThat(childsCommit).doesNotExist();
  }

  /** One failure of the command must not end a backup of hours. */
  @Test
  void asksForTheParentMoreThanOnce() throws IOException {
    Files.write(published, file.encode());
    Series parent =
        Series.open(
            new DirectoryArchive(directory, "test"), CommitFile.decode(file.id(), file.encode()));
    TestSeries made = TestSeries.incremental(directory, 2, "0/5000028", parent);
    made.writer().startFile("global/pg_control");
    Series child = made.finish("0/6000000");
    CommitFile commitOfChild =
        new CommitFile(
            child.id(),
            child.begin(),
            child.end(),
            child.commit().lastSegment(),
            child.commit().indexLsn(),
            child.commit().endLsn(),
            List.of());
    Files.delete(directory.resolve(child.id().commitName()));
    Path asked = directory.resolve("asked");
    String restore =
        "[ %f != "
            + file.id().commitName()
            + " ] || [ -e "
            + asked
            + " ] || { touch "
            + asked
            + "; exit 1; }; cp "
            + directory
            + "/%f %p";
    CommandSettings settings =
        new CommandSettings(
            Optional.of(new CommandTemplate(Kind.ARCHIVE, "cp %p " + directory + "/%f")),
            new CommandTemplate(Kind.RESTORE, restore),
            Optional.empty(),
            Optional.empty(),
            Optional.of(directory.resolve("spool")),
            CommandSettings.DEFAULT_SPOOL,
            Duration.ofSeconds(60),
            2,
            Duration.ofMillis(10),
            1);
    try (Archive archive = CommandArchive.open(settings, new Remarks())) {
      new SeriesCommit(archive)
          .publish(commitOfChild, List.of(child.commit().firstSegment().toString()));
    }
    assertThat(asked).exists();
    assertThat(directory.resolve(child.id().commitName())).exists();
  }

  @Test
  void leavesACommitThatIsAnotherRuns() throws IOException {
    Files.writeString(published, "theirs");
    assertThatThrownBy(() -> commit.publish(file, segments))
        .isInstanceOf(FileAlreadyExistsException.class);
    commit.withdraw();
    assertThat(published).hasContent("theirs");
  }
}
