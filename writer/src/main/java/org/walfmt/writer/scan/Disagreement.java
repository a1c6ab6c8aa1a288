package org.walfmt.writer.scan;

/**
 * A block of which a page's LSN tells one thing and the WAL another. It is taken all the same.
 *
 * @param path the file, relative to the data directory
 * @param block block number in the fork
 * @param finding which of them saw a change
 */
public record Disagreement(String path, long block, String finding) {
  @Override
  public String toString() {
    return "change sources disagree: file \"" + path + "\", block " + block + ": " + finding;
  }
}
