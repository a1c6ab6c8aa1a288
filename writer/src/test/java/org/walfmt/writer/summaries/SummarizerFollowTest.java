package org.walfmt.writer.summaries;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;

class SummarizerFollowTest extends SummarizerCase {
  /** What the follower sees when it looks for more. */
  private interface Event {
    void happen() throws IOException;
  }

  private SummarizeReport follow(Path source, List<Event> events) throws IOException {
    SummarizeOptions o = options(summaries, source);
    SummarizeOptions following =
        new SummarizeOptions(summaries, o.sources(), o.start(), o.end(), o.timeline(), true, 2);
    List<Event> left = new ArrayList<>(events);
    Summarizer.Pause pause =
        () -> {
          if (left.isEmpty()) {
            throw new InterruptedException();
          }
          try {
            left.remove(0).happen();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    SummarizeReport report = new Summarizer(following, remarks, pause, Duration.ZERO, WINDOW).run();
    assertThat(Thread.interrupted()).isTrue();
    return report;
  }

  @Test
  void followsSegmentsAsTheyArrive() throws Exception {
    MadeWal wal = new MadeWal(temporary.resolve("all"), 1, FIRST).fill(17, 9 << 20);
    Path single = Files.createDirectory(temporary.resolve("single"));
    run(options(single, temporary.resolve("all")));
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < wal.segments().size(); i++) {
      Path file = wal.file(i);
      events.add(() -> Files.createFile(archive.resolve(file.getFileName())));
      events.add(
          () ->
              Files.copy(
                  file, archive.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING));
    }
    SummarizeReport report = follow(archive, events);
    assertThat(report.end()).contains(wal.ending());
    assertThat(contents(summaries)).isEqualTo(contents(single));
    assertThat(remarks.infos()).containsExactly("waiting for WAL in \"" + archive + "\"");
  }

  @Test
  void followsANewTimeline() throws Exception {
    MadeWal old = new MadeWal(archive, 1, FIRST).fill(18, 3 << 20);
    SegmentName next = old.segments().get(old.segments().size() - 1).next();
    List<MadeWal> made = new ArrayList<>();
    SummarizeReport report =
        follow(
            archive,
            List.of(
                () -> writeHistory(2, "1\t0/4"),
                () -> writeHistory(2, "1\t" + next.start() + "\tno recovery target\n"),
                () ->
                    made.add(
                        MadeWal.after(old.last(), archive, 2, next.number()).fill(19, 2 << 20))));
    assertThat(report.timeline()).contains(new TimelineId(2));
    assertThat(report.end()).contains(made.get(0).ending());
    assertThat(remarks.infos()).contains("timeline 2 is new: going on along its history");
    assertThat(names())
        .anyMatch(name -> name.timeline().number() == 1 && name.end().equals(next.start()))
        .anyMatch(name -> name.timeline().number() == 2 && name.start().equals(next.start()));
  }

  @Test
  void beginsTheChildAtTheSwitchPointEvenIfTheParentWasFollowedBeyond() throws Exception {
    MadeWal old = new MadeWal(archive, 1, FIRST);
    old.change(16384, 1);
    old.finish();
    Lsn left = old.ending();
    MadeWal abandoned = MadeWal.after(old.last(), archive, 1, FIRST + 1).fill(20, 2 << 20);
    SummarizeReport report =
        follow(
            archive,
            List.of(
                () -> writeHistory(2, "1\t" + left + "\tno recovery target\n"),
                () -> MadeWal.after(old.last(), archive, 2, FIRST + 1).fill(21, 1 << 20)));
    assertThat(report.timeline()).contains(new TimelineId(2));
    assertThat(names())
        .anyMatch(name -> name.timeline().number() == 1 && name.end().equals(abandoned.ending()));
    assertThat(names())
        .anyMatch(name -> name.timeline().number() == 2 && name.start().equals(left));
  }

  @Test
  void waitsForAMissingSegmentAndWarnsOnce() throws Exception {
    MadeWal wal = new MadeWal(temporary.resolve("all"), 1, FIRST).fill(22, 4 << 20);
    for (int i = 0; i < wal.segments().size(); i++) {
      if (i != 1) {
        copy(wal.file(i), archive);
      }
    }
    Event nothing = () -> {};
    SummarizeReport report =
        follow(
            archive, List.of(nothing, nothing, nothing, nothing, () -> copy(wal.file(1), archive)));
    assertThat(report.end()).contains(wal.ending());
    assertThat(remarks.warnings())
        .containsExactly(
            "waiting for WAL segment "
                + wal.segments().get(1)
                + ", which is missing: segment "
                + wal.segments().get(2)
                + " is there; to go on without it, begin behind it with --start");
  }
}
