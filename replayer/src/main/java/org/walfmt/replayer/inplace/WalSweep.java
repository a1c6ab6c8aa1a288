package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.walfmt.SegmentName;
import org.walfmt.replayer.datadir.TargetLayout;
import org.walfmt.series.Series;

/**
 * Takes out of {@code pg_wal} what replay from a backup's start cannot use: segments before that of
 * the start LSN, and summaries of WAL, after which there would be a gap that the server's
 * summarizer would wait at for ever. Later segments stay: they may hold WAL that was received and
 * is in no archive. So do segments that the server has still to archive.
 */
final class WalSweep {
  private static final String PARTIAL = ".partial";

  private final TargetLayout layout;
  private final Removal removal;

  WalSweep(TargetLayout layout, Removal removal) {
    this.layout = layout;
    this.removal = removal;
  }

  void run(Series newest) throws IOException {
    long first = newest.begin().segmentSize().segmentNumber(newest.begin().startLsn());
    Path wal = layout.placeOfDirectory("pg_wal");
    Path status = layout.placeOfDirectory("pg_wal/archive_status");
    for (Path file : Removal.contents(wal)) {
      String name = Objects.requireNonNull(file.getFileName()).toString();
      String segment =
          name.endsWith(PARTIAL) ? name.substring(0, name.length() - PARTIAL.length()) : name;
      Optional<SegmentName> parsed =
          SegmentName.matches(segment)
              ? SegmentName.parse(segment, newest.begin().segmentSize())
              : Optional.empty();
      if (parsed.isPresent()
          && !parsed.get().timeline().isOfSeries()
          && parsed.get().number() < first
          && !Files.exists(status.resolve(name + ".ready"), LinkOption.NOFOLLOW_LINKS)) {
        Path done = status.resolve(name + ".done");
        if (Files.exists(done, LinkOption.NOFOLLOW_LINKS)) {
          removal.remove(done);
        }
        removal.remove(file);
      }
    }
    removal.removeContents(layout.placeOfDirectory("pg_wal/summaries"));
  }
}
