package org.walfmt.replayer.inplace;

/** Counts what is done to the target, or would be. */
public final class Tally {
  private long blocks;
  private long files;
  private long bytes;
  private long removed;
  private long fetched;
  private boolean fileCounted;

  /** Another file is being written. */
  void nextFile() {
    fileCounted = false;
  }

  /** Bytes of the file were written or cut off. */
  void countBytes(long count) {
    bytes += count;
    if (!fileCounted) {
      files++;
      fileCounted = true;
    }
  }

  void countBlocks(long count) {
    blocks += count;
  }

  void countRemoved() {
    removed++;
  }

  void countFetched() {
    fetched++;
  }

  /** Pages of relations that were written. */
  public long blocks() {
    return blocks;
  }

  /** Files that were changed or made, of which a relation may have several. */
  public long files() {
    return files;
  }

  /** Bytes that were written. */
  public long bytes() {
    return bytes;
  }

  /** Files, directories and links that were removed. */
  public long removed() {
    return removed;
  }

  /** Forks and files of which the target lacked what only older backups have. */
  public long fetched() {
    return fetched;
  }
}
