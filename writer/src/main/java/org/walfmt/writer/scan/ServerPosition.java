package org.walfmt.writer.scan;

import java.io.IOException;
import org.walfmt.Lsn;

/** Asks the server how far its WAL goes: no sound page has a later LSN. */
public interface ServerPosition {
  /** The position now. Called by several threads. */
  Lsn ask() throws IOException;
}
