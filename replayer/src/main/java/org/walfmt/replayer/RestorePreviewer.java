package org.walfmt.replayer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.control.TimelineHistory;
import org.walfmt.replayer.RestorePreview.Member;
import org.walfmt.replayer.RestorePreview.Replay;
import org.walfmt.replayer.RestorePreview.Sample;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.merge.Merge;
import org.walfmt.replayer.plan.TimelineCheck;
import org.walfmt.series.Series;

/** Tells what a restore would do, and does nothing of it: no file is made or changed. */
public final class RestorePreviewer {
  /**
   * Checks all that a restore checks before it writes, and merges a sample into nothing.
   *
   * @throws RefusedException if the restore would be refused
   * @throws org.walfmt.WalFormatException if what was read of the archive is damaged
   */
  public RestorePreview preview(RestoreOptions options, Monitor monitor) throws IOException {
    Preparation preparation = Preparation.of(options, monitor);
    List<Member> members = new ArrayList<>();
    for (Series series : preparation.plan().chain()) {
      members.add(new Member(series.id(), series.begin().isFull(), series.commit().segments()));
    }
    Series newest = preparation.plan().newest();
    SegmentSize size = newest.begin().segmentSize();
    Lsn start = newest.begin().startLsn();
    Lsn stop = newest.end().stopLsn();
    return new RestorePreview(
        List.copyOf(members),
        options.base(),
        preparation.places().target().path(),
        newest.begin().version(),
        size.bytes(),
        start,
        stop,
        newest.end().stopTimeline(),
        preparation.outline().blocks(),
        preparation.outline().files(),
        preparation.outline().bytes(),
        size.segmentNumberBefore(stop) - size.segmentNumber(start) + 1,
        replayed(options, newest, preparation.stop()),
        preparation.stop(),
        preparation.restoreCommand(),
        sample(preparation));
  }

  private static Optional<Replay> replayed(
      RestoreOptions options, Series newest, Optional<Lsn> target) throws IOException {
    Set<String> names;
    try {
      names = new HashSet<>(options.archive().list());
    } catch (RefusedException e) {
      return Optional.empty(); // an archive that can only be asked by name
    }
    SegmentSize size = newest.begin().segmentSize();
    TimelineHistory history =
        TimelineCheck.recoveryHistory(options.archive(), newest, options.recovery().timeline());
    long first = size.segmentNumber(newest.begin().startLsn());
    long last = target.map(size::segmentNumber).orElse(Long.MAX_VALUE);
    long number = first;
    while (number <= last && names.contains(name(history, number, size))) {
      number++;
    }
    boolean isEnough = target.isEmpty() || number > last;
    Lsn end = target.isPresent() && isEnough ? target.get() : size.start(number);
    return Optional.of(new Replay(number - first, end, isEnough));
  }

  private static String name(TimelineHistory history, long number, SegmentSize size) {
    Lsn lastByte = size.start(number + 1).plus(-1);
    return new SegmentName(history.timelineAt(lastByte), number, size).toString();
  }

  private static Sample sample(Preparation preparation) throws IOException {
    SampleSink sink = new SampleSink();
    try (Merge merge =
        Merge.open(
            preparation.plan().chain(), preparation.plan().base().map(BaseBackup::member), sink)) {
      merge.run();
    } catch (SampleSink.EnoughException e) {
      return new Sample(sink.bytes(), sink.seconds());
    }
    return new Sample(sink.bytes(), sink.seconds());
  }
}
