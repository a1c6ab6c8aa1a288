package org.walfmt.series;

import java.util.Optional;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;

/**
 * Name of a backup: the name of its series' first segment, 24 hexadecimal digits of which the first
 * eight are the series timeline (rules NAME-4 to NAME-6).
 */
public record BackupId(String text) implements Comparable<BackupId> {
  private static final int TIMELINE_DIGITS = 8;

  /**
   * @throws IllegalArgumentException if {@code text} is no such name, see {@link #matches}
   */
  public BackupId {
    if (!matches(text)) {
      throw new IllegalArgumentException("\"" + text + "\" is no backup id");
    }
  }

  /** Whether {@code text} names a segment on a series timeline. */
  public static boolean matches(String text) {
    return SegmentName.matches(text) && text.charAt(0) >= '8';
  }

  /** The backup whose commit is named {@code fileName}; empty if it is no commit's name. */
  public static Optional<BackupId> ofCommit(String fileName) {
    if (!fileName.endsWith(Archive.COMMIT_SUFFIX)) {
      return Optional.empty();
    }
    String name = fileName.substring(0, fileName.length() - Archive.COMMIT_SUFFIX.length());
    return matches(name) ? Optional.of(new BackupId(name)) : Optional.empty();
  }

  /** The backup whose series begins with this segment. */
  public static BackupId of(SegmentName first) {
    return new BackupId(first.toString());
  }

  /** Name of the backup's commit: a backup history file for offset 0x28. */
  public String commitName() {
    return text + Archive.COMMIT_SUFFIX;
  }

  /** The series timeline. */
  public TimelineId timeline() {
    return TimelineId.of(Long.parseLong(text.substring(0, TIMELINE_DIGITS), 16));
  }

  /** The series' first segment; empty if no segment of this size has such a name. */
  public Optional<SegmentName> firstSegment(SegmentSize size) {
    return SegmentName.parse(text, size);
  }

  /** Whether {@code prefix}, an id or its first eight digits, stands for this backup. */
  public boolean isNamedBy(String prefix) {
    return prefix.equals(text) || prefix.equals(text.substring(0, TIMELINE_DIGITS));
  }

  @Override
  public int compareTo(BackupId other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
