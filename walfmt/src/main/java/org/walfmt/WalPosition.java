package org.walfmt;

/**
 * Where in a WAL file something was found: the "where" of every message about WAL.
 *
 * @param segment name of the file
 * @param lsn position in the stream
 * @param offset bytes from the start of the file
 */
public record WalPosition(String segment, Lsn lsn, long offset) {
  @Override
  public String toString() {
    return "in WAL segment " + segment + ", LSN " + lsn + ", offset " + offset;
  }
}
