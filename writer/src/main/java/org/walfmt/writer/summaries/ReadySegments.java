package org.walfmt.writer.summaries;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;

/**
 * The segments along a timeline history that are ready in some place. The first place that has one
 * wins. Where the timeline changes within a segment, the newer one's file holds both parts.
 *
 * @param limit segments from this number on are not looked at
 */
record ReadySegments(
    List<WalPlace> places, TimelineHistory history, StreamIdentity identity, long limit)
    implements SegmentSource {
  private SegmentSize size() {
    return identity.segmentSize();
  }

  /** The same, up to a segment. */
  ReadySegments before(long number) {
    return new ReadySegments(places, history, identity, number);
  }

  /** Name of segment {@code number} in this history. */
  SegmentName segment(long number) {
    Lsn lastByte = size().start(number + 1).plus(-1);
    return new SegmentName(history.timelineAt(lastByte), number, size());
  }

  boolean isReady(long number) throws IOException {
    for (WalPlace place : places) {
      if (place.isReady(segment(number), segment(number + 1), identity)) {
        return true;
      }
    }
    return false;
  }

  /** The first segment from {@code number} on that is not ready. */
  long firstNotReady(long number, long end) throws IOException {
    long at = number;
    while (at < end && isReady(at)) {
      at++;
    }
    return at;
  }

  /** The first segment from {@code number} on that is ready; empty if none is. */
  Optional<SegmentName> firstReady(long number) throws IOException {
    Optional<SegmentName> first = Optional.empty();
    for (WalPlace place : places) {
      for (String text : place.segments()) {
        Optional<SegmentName> found =
            SegmentName.parse(text, size())
                .filter(name -> name.number() >= number && name.equals(segment(name.number())));
        boolean isEarlier =
            found.isPresent()
                && (first.isEmpty() || found.get().number() < first.get().number())
                && isReady(found.get().number());
        first = isEarlier ? found : first;
      }
    }
    return first;
  }

  /** Whether a segment's file is there, ready or not. */
  boolean isThere(SegmentName name) throws IOException {
    for (WalPlace place : places) {
      if (place.length(name).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** Length of a segment's file that is not a whole segment's; empty if there is none. */
  Optional<Long> shortLength(SegmentName name) throws IOException {
    for (WalPlace place : places) {
      Optional<Long> length = place.length(name);
      if (length.isPresent() && length.get() != size().bytes()) {
        return length;
      }
    }
    return Optional.empty();
  }

  @Override
  public Optional<SegmentInput> open(long number) throws IOException {
    if (number >= limit) {
      return Optional.empty();
    }
    return open(number, 0);
  }

  /** Opens a segment out of the first place that has it, from one of them on. */
  private Optional<SegmentInput> open(long number, int from) throws IOException {
    for (int i = from; i < places.size(); i++) {
      int next = i + 1;
      Optional<SegmentInput> found =
          places
              .get(i)
              .open(segment(number), segment(number + 1), identity, () -> open(number, next));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  @Override
  public String name(long number) {
    return segment(number).toString();
  }
}
