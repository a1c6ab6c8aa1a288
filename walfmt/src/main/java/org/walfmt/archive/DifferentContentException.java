package org.walfmt.archive;

import java.io.IOException;

/** The archive holds other bytes under the name that was to be put. */
public final class DifferentContentException extends IOException {
  private static final long serialVersionUID = 1;

  public DifferentContentException(String name, String archive) {
    super("file \"" + name + "\" is in archive \"" + archive + "\" with different content");
  }
}
