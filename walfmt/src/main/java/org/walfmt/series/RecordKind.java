package org.walfmt.series;

/** What a record of a series is; in the order in which they may follow each other. */
public enum RecordKind {
  /** The begin note. */
  BEGIN,
  /** A block record. */
  BLOCK,
  /** A file note: the path of the file whose chunks follow. */
  FILE,
  /** Contents of the file noted last. */
  CHUNK,
  /** Relation forks, as a part of the inventory. */
  FORKS,
  /** Directories, tablespaces and other files, as a part of the inventory. */
  PATHS,
  /** The label note. */
  LABEL,
  /** A part of the index. */
  INDEX,
  /** The end note. */
  END,
  /** The record that fills up what is left before a segment's end, see rule SERIES-9. */
  NOOP,
  /** The switch record, after which there is nothing. */
  SWITCH;

  /** Whether a record of this kind may come right after one of kind {@code before}. */
  boolean mayFollow(RecordKind before) {
    int step = compareTo(before);
    return switch (this) {
      case BEGIN -> false;
      case BLOCK, FORKS, PATHS, INDEX -> step >= 0;
      case FILE -> step >= 0 || before == CHUNK;
      case CHUNK -> before == FILE || before == CHUNK;
      case LABEL, END -> step > 0;
      case NOOP -> before == END;
      case SWITCH -> before == END || before == NOOP;
    };
  }
}
