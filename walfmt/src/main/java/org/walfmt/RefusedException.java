package org.walfmt;

import java.io.IOException;
import java.util.Optional;

/**
 * Something sound was asked for that may not be done: what is there does not fit together, is not
 * all there, or a precondition does not hold. Nothing was changed.
 */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1;

  /** Why, as coarse as an exit status. */
  public enum Reason {
    /** A file, segment or backup that is needed is missing. */
    INCOMPLETE,
    /** Another version or kind than this program handles. */
    UNSUPPORTED,
    /** Things that do not belong together: clusters, timelines, parents, directories. */
    MISMATCH,
    /** A setting, privilege or state of server, archive or target that is needed first. */
    PRECONDITION
  }

  private final Reason reason;
  private final transient Optional<String> detail;
  private final transient Optional<String> hint;

  /** With one lower-case fact. */
  public RefusedException(Reason reason, String message) {
    this(reason, message, Optional.empty(), Optional.empty());
  }

  /**
   * @param detail what was found, empty if the message says it all
   * @param hint what to do about it
   */
  public RefusedException(Reason reason, String message, String detail, String hint) {
    this(
        reason,
        message,
        detail.isEmpty() ? Optional.empty() : Optional.of(detail),
        hint.isEmpty() ? Optional.empty() : Optional.of(hint));
  }

  private RefusedException(
      Reason reason, String message, Optional<String> detail, Optional<String> hint) {
    super(message);
    this.reason = reason;
    this.detail = detail;
    this.hint = hint;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }

  /** What was found. */
  public Optional<String> detail() {
    return detail;
  }

  /** What to do about it. */
  public Optional<String> hint() {
    return hint;
  }
}
