package org.walfmt.writer.scan;

/**
 * A page that was taken although something is wrong with it.
 *
 * @param path the file, relative to the data directory
 * @param block block number in the fork
 * @param finding what was expected and what found
 */
public record DamagedPage(String path, long block, String finding) {
  @Override
  public String toString() {
    return "damaged page: file \"" + path + "\", block " + block + ": " + finding;
  }
}
