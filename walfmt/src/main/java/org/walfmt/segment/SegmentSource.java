package org.walfmt.segment;

import java.io.IOException;
import java.util.Optional;

/** Where {@link WalReader} gets segments from: an archive, a directory, a list of files. */
public interface SegmentSource {
  /** Opens segment {@code number}; empty if there is none. */
  Optional<SegmentInput> open(long number) throws IOException;

  /** Name of segment {@code number}, for messages. */
  String name(long number);
}
