package org.walfmt.replayer.start;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A restored server did not come to where it should; its directory stays as it is. */
public final class StartFailedException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean isLate;
  private final transient Path log;
  private final transient List<String> lines;

  StartFailedException(String message, boolean isLate, Path log, List<String> lines) {
    super(message);
    this.isLate = isLate;
    this.log = log;
    this.lines = List.copyOf(lines);
  }

  /** Whether it was only not waited for any longer: the server runs. */
  public boolean isLate() {
    return isLate;
  }

  /** The server's log. */
  public Path log() {
    return log;
  }

  /** The last lines of the log. */
  public List<String> lines() {
    return lines;
  }
}
