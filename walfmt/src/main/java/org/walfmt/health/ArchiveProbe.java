package org.walfmt.health;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.walfmt.archive.Archive;
import org.walfmt.archive.CommandFailedException;
import org.walfmt.archive.PendingFile;
import org.walfmt.segment.SegmentInput;

/**
 * A small file that goes into an archive and comes out again (rules ARCHIVE-40 to ARCHIVE-42). Its
 * name is that of a backup history file on the last of all timelines, which no tool takes for WAL,
 * for a timeline or for a backup, and whose offset no commit has. What is in it follows from the
 * name.
 */
public final class ArchiveProbe {
  private static final String TIMELINE = "FFFFFFFF";
  private static final String SUFFIX = ".00000029.backup";

  /** Names that take turns where probes are removed, so that two checks do not meet. */
  private static final int TURNS = 255;

  private final Archive archive;
  private final String name;
  private boolean put;

  private ArchiveProbe(Archive archive, int turn) {
    this.archive = archive;
    this.name = segment(turn) + SUFFIX;
  }

  /** A probe for an archive; where it cannot be removed it is always the same one. */
  public static ArchiveProbe of(Archive archive, RandomGenerator random) {
    return new ArchiveProbe(archive, archive.canDelete() ? 1 + random.nextInt(TURNS) : 0);
  }

  private static String segment(int turn) {
    return TIMELINE + String.format(Locale.ROOT, "%016X", turn);
  }

  /** The probe's name. */
  public String name() {
    return name;
  }

  private byte[] content() {
    String file = name.substring(0, name.length() - SUFFIX.length());
    return """
        START WAL LOCATION: 0/29 (file %1$s)
        STOP WAL LOCATION: 0/29 (file %1$s)
        CHECKPOINT LOCATION: 0/29
        BACKUP METHOD: streamed
        BACKUP FROM: primary
        START TIME: 2020-01-01 00:00:00 UTC
        LABEL: a probe of walfmt check, no backup
        START TIMELINE: 4294967295
        STOP TIME: 2020-01-01 00:00:00 UTC
        STOP TIMELINE: 4294967295
        """
        .formatted(file)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether the probe of an earlier check is in the archive. */
  public boolean isThere() throws IOException {
    return archive.length(name).isPresent();
  }

  /** Puts the probe. The same one again is fine for an archive that keeps to its contract. */
  public void put() throws IOException {
    put = true;
    try (PendingFile file = archive.create(name, false)) {
      file.write(ByteBuffer.wrap(content()));
      file.publish();
    } catch (CommandFailedException e) {
      put = false;
      throw e;
    }
  }

  /**
   * Fetches the probe and compares it.
   *
   * @return what is wrong; empty if it is what was put
   */
  public Optional<String> problem() throws IOException {
    byte[] expected = content();
    Optional<SegmentInput> opened = archive.open(name);
    if (opened.isEmpty()) {
      return Optional.of("it is not there");
    }
    ByteBuffer found = ByteBuffer.allocate(expected.length + 1);
    try (SegmentInput input = opened.get()) {
      int count = 0;
      while (found.hasRemaining() && count >= 0) {
        count = input.read(found);
      }
    }
    if (found.position() != expected.length) {
      return Optional.of(
          "it has "
              + (found.hasRemaining() ? found.position() : "more than " + expected.length)
              + " bytes, expected "
              + expected.length);
    }
    return Arrays.equals(Arrays.copyOf(found.array(), expected.length), expected)
        ? Optional.empty()
        : Optional.of("it has other bytes than were put");
  }

  /**
   * Takes the probe out again.
   *
   * @return false if that cannot be done
   */
  public boolean remove() throws IOException {
    if (!put || !archive.canDelete()) {
      return false;
    }
    archive.delete(name);
    put = false;
    return true;
  }
}
