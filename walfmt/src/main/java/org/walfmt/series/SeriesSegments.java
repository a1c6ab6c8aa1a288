package org.walfmt.series;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.SegmentName;
import org.walfmt.archive.Archive;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;

/**
 * The segments of one timeline in an archive, from a first to a last one.
 *
 * @param first has the timeline of the file names
 * @param last number of the last segment
 * @param wanted number of the last segment that will surely be read
 */
public record SeriesSegments(Archive archive, SegmentName first, long last, long wanted)
    implements SegmentSource {
  /** All of these segments, all of which will be read. */
  public SeriesSegments(Archive archive, SegmentName first, long last) {
    this(archive, first, last, last);
  }

  @Override
  public Optional<SegmentInput> open(long number) throws IOException {
    return number < first.number() || number > last
        ? Optional.empty()
        : archive.openInSeries(
            new SegmentName(first.timeline(), number, first.size()), Math.max(number, wanted));
  }

  @Override
  public String name(long number) {
    return new SegmentName(first.timeline(), number, first.size()).toString();
  }
}
