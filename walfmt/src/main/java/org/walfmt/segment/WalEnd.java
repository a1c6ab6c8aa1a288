package org.walfmt.segment;

/** Why a walk over WAL ended where a record might have begun, without any damage. */
public enum WalEnd {
  /** Zeros where the next record's length would be. */
  ZEROS("zeros where the next record would be"),
  /** The next segment does not exist. */
  NO_SEGMENT("no further segment"),
  /** The page belongs to an earlier use of the file, as in a recycled segment. */
  RECYCLED("page of a recycled segment");

  private final String description;

  WalEnd(String description) {
    this.description = description;
  }

  /** A lower-case phrase for messages. */
  public String description() {
    return description;
  }
}
