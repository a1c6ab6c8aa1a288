package org.walfmt.replayer.kit;

import org.walfmt.PgVersion;

/** Control files as a server with checksums writes them, as far as anybody looks at them. */
public final class ControlFiles {
  private ControlFiles() {}

  /**
   * A control file.
   *
   * @param time in seconds since 1970
   */
  public static byte[] of(PgVersion version, long time) {
    ControlDraft draft = new ControlDraft();
    draft.version = version;
    draft.time = time;
    return draft.bytes();
  }
}
