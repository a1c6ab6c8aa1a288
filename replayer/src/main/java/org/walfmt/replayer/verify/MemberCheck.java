package org.walfmt.replayer.verify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.WalFormatException;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.replayer.merge.SeriesMember;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;
import org.walfmt.series.Series;

/**
 * Checks one series by itself: every record and its sums, inventory against blocks and files, page
 * checksums, contents of files. What breaks the walk ends it, and the segments are then walked one
 * by one to find what else is broken; the rest is collected.
 */
public final class MemberCheck {
  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;

  private final Series series;
  private final Findings findings;
  private final Monitor monitor;
  private final PageVerdict verdict;
  private final ByteBuffer page =
      ByteBuffer.allocateDirect(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer contents =
      ByteBuffer.allocateDirect(MergeSink.CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final MessageDigest digest;

  /** A check of {@code series}. */
  public MemberCheck(Series series, Findings findings, Monitor monitor) {
    this.series = series;
    this.findings = findings;
    this.monitor = monitor;
    this.verdict = new PageVerdict(series);
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads all of the series.
   *
   * @return whether the walk came to its end, so that the series can be merged
   */
  public boolean run() throws IOException {
    DirectoryCheck directories = new DirectoryCheck(series.id(), findings);
    try (SeriesMember member = SeriesMember.open(series, MergeSink.CHUNK_SIZE)) {
      try {
        for (ForkEntry fork = member.nextFork();
            fork != null && !findings.isFull();
            fork = member.nextFork()) {
          directories.fork(fork.locator().path(series.begin().version(), fork.fork(), 0));
          checkFork(member, fork);
        }
        for (PathEntry path = member.nextPath();
            path != null && !findings.isFull();
            path = member.nextPath()) {
          directories.path(path);
          if (path instanceof PathEntry.RegularFile file) {
            checkFile(member, file);
          }
        }
        directories.finish();
        if (findings.isFull()) {
          return false;
        }
        member.finish();
      } finally {
        findings.records += member.records();
      }
      return true;
    } catch (WalFormatException e) {
      findings.add(series.id(), e);
      new SegmentCheck(series.archive(), series.commit(), findings).run();
      return false;
    }
  }

  private void checkFork(SeriesMember member, ForkEntry fork) throws IOException {
    if (fork.delta() && series.begin().isFull()) {
      findings.add(series.id(), name(fork, 0) + " wants older blocks, in a full backup");
    }
    long next = fork.olderBlocksEnd();
    while (member.block() != SeriesMember.NO_BLOCK && !findings.isFull()) {
      long block = member.block();
      if (block > next) {
        reportMissing(fork, next, block);
      }
      next = Math.max(next, block + 1);
      checkPage(member, fork, block);
      member.nextBlock();
    }
    if (next < fork.blocks() && !findings.isFull()) {
      reportMissing(fork, next, fork.blocks());
    }
  }

  private void reportMissing(ForkEntry fork, long from, long to) {
    findings.add(
        series.id(),
        name(fork, from)
            + " lacks "
            + (to == from + 1 ? "block " + from : "blocks " + from + " to " + (to - 1))
            + " of "
            + fork.blocks());
  }

  private void checkPage(SeriesMember member, ForkEntry fork, long block) throws IOException {
    findings.blocks++;
    findings.bytes += PAGE_SIZE;
    monitor.advance(PAGE_SIZE);
    try {
      member.restorePage(page, 0);
    } catch (WalFormatException e) {
      findings.add(series.id(), e);
      return;
    }
    findings.pages++;
    Optional<String> damage = verdict.judge(page, 0, block);
    if (verdict.isTorn()) {
      findings.tornPages++;
    }
    if (damage.isPresent()) {
      findings.add(series.id(), name(fork, block) + " block " + block + ": " + damage.get());
    }
  }

  private String name(ForkEntry fork, long block) {
    int segment = (int) (block / RelationFile.SEGMENT_BLOCKS);
    return "file \"" + fork.locator().path(series.begin().version(), fork.fork(), segment) + "\"";
  }

  private void checkFile(SeriesMember member, PathEntry.RegularFile file) throws IOException {
    if (file.unchanged()) {
      if (series.begin().isFull()) {
        findings.add(series.id(), "file \"" + file.path() + "\" has no contents, in a full backup");
      }
      return;
    }
    findings.files++;
    long length = 0;
    digest.reset();
    while (member.readContents(contents.clear())) {
      contents.flip();
      length += contents.limit();
      monitor.advance(contents.limit());
      digest.update(contents);
    }
    findings.bytes += length;
    String sha256 = HexFormat.of().formatHex(digest.digest());
    if (length != file.length() || !sha256.equals(file.sha256())) {
      findings.add(
          series.id(),
          "file \""
              + file.path()
              + "\" has "
              + length
              + " bytes with SHA-256 "
              + sha256
              + ", expected "
              + file.length()
              + " bytes with "
              + file.sha256());
    }
  }
}
