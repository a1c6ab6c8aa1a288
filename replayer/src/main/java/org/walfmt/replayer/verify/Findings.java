package org.walfmt.replayer.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.walfmt.RefusedException;
import org.walfmt.series.BackupId;

/** What is wrong, each thing once, up to a limit; and counters of what was looked at. */
public final class Findings {
  /** Something wrong with a backup. */
  public record Finding(BackupId backup, String message) {}

  private final int limit;
  private final Set<Finding> findings = new LinkedHashSet<>();
  long records;
  long blocks;
  long pages;
  long tornPages;
  long files;
  long bytes;

  /** Collects at most {@code limit} findings. */
  public Findings(int limit) {
    this.limit = limit;
  }

  /** Adds a finding, if there is room. */
  public void add(BackupId backup, String message) {
    if (!isFull()) {
      findings.add(new Finding(backup, message));
    }
  }

  /** Adds what an exception says. */
  public void add(BackupId backup, IOException problem) {
    String message = String.valueOf(problem.getMessage());
    if (problem instanceof RefusedException refusal && refusal.detail().isPresent()) {
      message += ": " + refusal.detail().get();
    }
    add(backup, message);
  }

  /** Whether the work may end. */
  public boolean isFull() {
    return findings.size() >= limit;
  }

  /** Whether nothing was found. */
  public boolean isEmpty() {
    return findings.isEmpty();
  }

  /** All of them, in the order found. */
  public List<Finding> list() {
    return new ArrayList<>(findings);
  }

  /** Records of series that were read. */
  public long records() {
    return records;
  }

  /** Page images among them. */
  public long blocks() {
    return blocks;
  }

  /** Pages whose checksum was computed. */
  public long pages() {
    return pages;
  }

  /** Pages that are torn, and that replay writes anew. */
  public long tornPages() {
    return tornPages;
  }

  /** Files whose contents were compared with their SHA-256. */
  public long files() {
    return files;
  }

  /** Bytes of pages and files. */
  public long bytes() {
    return bytes;
  }
}
