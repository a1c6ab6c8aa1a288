package org.walfmt.replayer.datadir;

import java.io.IOException;

/** A file that was written, for the manifest. */
record WrittenFile(String path, long length, long crc) {
  /** Takes the files in the order in which they were finished. */
  interface Listener {
    void written(WrittenFile file) throws IOException;
  }
}
