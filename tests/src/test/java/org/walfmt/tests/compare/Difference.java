package org.walfmt.tests.compare;

/**
 * One place where two data directories differ.
 *
 * @param type what differs
 * @param path the file, relative to the data directory
 * @param block the block's number in its fork; -1 if the file as a whole differs
 * @param offset of the first byte that differs, after masking: in the block, or in the file if
 *     {@code block} is -1; -1 if no byte is meant
 * @param detail what was found left and right
 */
public record Difference(Type type, String path, long block, int offset, String detail) {
  /** What differs. */
  public enum Type {
    /** Only the left directory has the file. */
    MISSING_RIGHT,
    /** Only the right directory has the file. */
    MISSING_LEFT,
    /** Both have it, not equally long. */
    LENGTH,
    /** A block of both. */
    BLOCK,
    /** The bytes of a file that has no blocks. */
    CONTENT
  }

  static Difference ofFile(Type type, String path, String detail) {
    return new Difference(type, path, -1, -1, detail);
  }

  @Override
  public String toString() {
    String where = block < 0 ? path : path + " block " + block;
    return type + " " + where + ": " + detail;
  }
}
