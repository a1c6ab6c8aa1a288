package org.walfmt.writer.files;

import java.io.IOException;

/** Which databases the server has. */
public interface DatabaseCatalog {
  /**
   * Whether it has a sound database of this OID with this default tablespace. It has not while
   * CREATE DATABASE is under way, nor if it crashed in the middle of that.
   */
  boolean has(long database, long tablespace) throws IOException;
}
