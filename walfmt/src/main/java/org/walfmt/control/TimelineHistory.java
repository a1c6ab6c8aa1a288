package org.walfmt.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;

/**
 * The timelines that lead to one, each with the range of WAL that counts of it.
 *
 * <p>Read from the file {@code NNNNNNNN.history} of the last timeline, which every timeline but 1
 * has. Source: {@code access/transam/timeline.c}. An exclusive range's end belongs to the child.
 */
public final class TimelineHistory {
  /** The server reads lines into a buffer of 1024 bytes. */
  private static final int MAX_LINE = 1023;

  private static final Pattern LINE_FEED = Pattern.compile("\n");
  private static final Pattern NOTHING = Pattern.compile("\\s*(?:#.*)?", Pattern.DOTALL);

  private static final Pattern LINE =
      Pattern.compile(
          "\\s*([0-9]{1,10})\\s+([0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8})(?:[^0-9A-Fa-f].*)?",
          Pattern.DOTALL);

  /**
   * What counts of one timeline.
   *
   * @param begin where it branched off its parent; 0/0 for the first
   * @param end where its child branched off; empty for the last
   */
  public record Entry(TimelineId timeline, Lsn begin, Optional<Lsn> end) {
    private boolean holdsByte(Lsn position) {
      return !position.isBefore(begin) && (end.isEmpty() || position.isBefore(end.get()));
    }

    private boolean holdsEnd(Lsn position) {
      return !position.isBefore(begin) && (end.isEmpty() || !position.isAfter(end.get()));
    }
  }

  private final List<Entry> entries;

  private TimelineHistory(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** Returns the history of a timeline without parents, as 1 is. */
  public static TimelineHistory of(TimelineId timeline) {
    return new TimelineHistory(List.of(new Entry(timeline, Lsn.INVALID, Optional.empty())));
  }

  /** Returns the name of a timeline's history file. */
  public static String fileName(TimelineId timeline) {
    return timeline.toHex() + ".history";
  }

  /**
   * Reads the whole text of a history file.
   *
   * @param timeline the one that the file's name gives
   */
  public static TimelineHistory parse(TimelineId timeline, String text) throws WalFormatException {
    List<Entry> entries = new ArrayList<>();
    Lsn begin = Lsn.INVALID;
    long last = 0;
    int number = 0;
    for (String line : LINE_FEED.split(text, -1)) {
      number++;
      String where = fileName(timeline) + " line " + number;
      if (line.length() > MAX_LINE) {
        throw new CorruptWalException(where + " has " + line.length() + " characters");
      }
      if (NOTHING.matcher(line).matches()) {
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new CorruptWalException(where + " is \"" + line + "\", expected timeline and LSN");
      }
      long parent = Long.parseLong(matcher.group(1));
      if (parent <= last || parent >= timeline.number()) {
        throw new CorruptWalException(
            where
                + " has timeline "
                + parent
                + ", expected one above "
                + last
                + " and below "
                + timeline);
      }
      last = parent;
      Lsn end = Lsn.parse(matcher.group(2));
      entries.add(new Entry(TimelineId.of(parent), begin, Optional.of(end)));
      begin = end;
    }
    entries.add(new Entry(timeline, begin, Optional.empty()));
    return new TimelineHistory(entries);
  }

  /** Returns the timeline that all others lead to. */
  public TimelineId timeline() {
    return entries.get(entries.size() - 1).timeline;
  }

  /** Returns all timelines, the oldest first. */
  public List<Entry> entries() {
    return entries;
  }

  /** Returns whether this timeline is part of the history: {@code tliInHistory}. */
  public boolean includes(TimelineId timeline) {
    return find(timeline).isPresent();
  }

  /**
   * Returns whether the byte at this position of this timeline is part of the history: that the
   * timeline did not branch off later, nor its child before or here.
   */
  public boolean includes(TimelineId timeline, Lsn position) {
    return find(timeline).filter(entry -> entry.holdsByte(position)).isPresent();
  }

  /**
   * Returns whether all bytes of this timeline before this position, from where it branched off,
   * are part of the history: as {@link #includes} but for an exclusive end, which may be the very
   * position where the child branched off.
   */
  public boolean includesUpTo(TimelineId timeline, Lsn end) {
    return find(timeline).filter(entry -> entry.holdsEnd(end)).isPresent();
  }

  /** Returns the timeline whose byte at this position counts: {@code tliOfPointInHistory}. */
  public TimelineId timelineAt(Lsn position) {
    for (int i = entries.size() - 1; i > 0; i--) {
      if (entries.get(i).holdsByte(position)) {
        return entries.get(i).timeline;
      }
    }
    return entries.get(0).timeline;
  }

  /**
   * Returns where the history leaves this timeline: {@code tliSwitchPoint}; empty for the last.
   *
   * @throws IllegalArgumentException if the timeline is not part of the history
   */
  public Optional<Lsn> switchPoint(TimelineId timeline) {
    return find(timeline)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "timeline " + timeline + " is not in the history of " + timeline()))
        .end;
  }

  private Optional<Entry> find(TimelineId timeline) {
    return entries.stream().filter(entry -> entry.timeline.equals(timeline)).findFirst();
  }
}
