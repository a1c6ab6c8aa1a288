package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;

/** Timeline histories, as the archive has them; each is read once. */
public final class Histories {
  private static final TimelineId FIRST = new TimelineId(1);
  private static final int MAX_LENGTH = 4 << 20;

  private final Archive archive;
  private final Map<TimelineId, Optional<TimelineHistory>> known = new HashMap<>();

  /** The histories in {@code archive}. */
  public Histories(Archive archive) {
    this.archive = archive;
  }

  /**
   * The history of a timeline; empty if its file is not in the archive.
   *
   * @throws RefusedException if the archive lists it, and it cannot be had
   */
  public Optional<TimelineHistory> find(TimelineId timeline) throws IOException {
    Optional<TimelineHistory> history = known.get(timeline);
    if (history == null) {
      history =
          timeline.equals(FIRST)
              ? Optional.of(TimelineHistory.of(timeline))
              : read(timeline, archive.openListed(TimelineHistory.fileName(timeline)));
      known.put(timeline, history);
    }
    return history;
  }

  /** The history of a timeline to which others must lead, so that its file is needed. */
  public TimelineHistory require(TimelineId timeline) throws IOException {
    Optional<TimelineHistory> history = find(timeline);
    if (history.isEmpty() && !archive.canList()) {
      history = read(timeline, archive.openExpected(TimelineHistory.fileName(timeline)));
      known.put(timeline, history);
    }
    if (history.isEmpty()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "timeline history file "
              + TimelineHistory.fileName(timeline)
              + " is not in archive \""
              + archive.description()
              + "\"",
          "",
          "The server archives it when it opens the timeline; copy it from the server's pg_wal.");
    }
    return history.get();
  }

  private static Optional<TimelineHistory> read(TimelineId timeline, Optional<SegmentInput> opened)
      throws IOException {
    String name = TimelineHistory.fileName(timeline);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
    try (SegmentInput input = opened.get()) {
      while (input.read(bytes) >= 0) {
        if (!bytes.hasRemaining()) {
          if (bytes.capacity() >= MAX_LENGTH) {
            throw new CorruptWalException(name + " has more than " + MAX_LENGTH + " bytes");
          }
          bytes = ByteBuffer.allocate(2 * bytes.capacity()).put(bytes.flip());
        }
      }
    }
    String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    return Optional.of(TimelineHistory.parse(timeline, text));
  }
}
