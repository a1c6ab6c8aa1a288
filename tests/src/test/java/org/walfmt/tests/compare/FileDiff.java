package org.walfmt.tests.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelationFile;

/** Compares two segment files of a relation, block by block. Owns its buffers: for one thread. */
final class FileDiff {
  private static final int READ_SIZE = 1 << 20;
  private static final int SHOWN_BYTES = 8;

  private final PgVersion version;
  private final Options options;
  private final Report report;
  private final ByteBuffer left = littleEndian(READ_SIZE);
  private final ByteBuffer right = littleEndian(READ_SIZE);
  private final ByteBuffer leftMasked = littleEndian(Pages.SIZE);
  private final ByteBuffer rightMasked = littleEndian(Pages.SIZE);

  FileDiff(PgVersion version, Options options, Report report) {
    this.version = version;
    this.options = options;
    this.report = report;
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Compares two files.
   *
   * @param kind null if not known: then only LSN and checksum are masked
   */
  void compare(
      String path, RelationFile file, @Nullable RelationKind kind, Path leftFile, Path rightFile)
      throws IOException {
    try (FileChannel leftChannel = FileChannel.open(leftFile, StandardOpenOption.READ);
        FileChannel rightChannel = FileChannel.open(rightFile, StandardOpenOption.READ)) {
      long common = Math.min(leftChannel.size(), rightChannel.size());
      common -= common % Pages.SIZE;
      long position = 0;
      while (position < common) {
        int length = (int) Math.min(READ_SIZE, common - position);
        read(leftChannel, left, position, length);
        read(rightChannel, right, position, length);
        for (int at = 0; at < length; at += Pages.SIZE) {
          long block = file.firstBlock() + (position + at) / Pages.SIZE;
          compareBlock(
              new At(path, file.fork(), kind, block),
              left.slice(at, Pages.SIZE).order(ByteOrder.LITTLE_ENDIAN),
              right.slice(at, Pages.SIZE).order(ByteOrder.LITTLE_ENDIAN));
        }
        position += length;
      }
      compareLengths(path, common, leftChannel, rightChannel);
    }
  }

  private record At(String path, ForkNumber fork, @Nullable RelationKind kind, long block) {}

  private void compareBlock(At at, ByteBuffer leftPage, ByteBuffer rightPage) {
    int mismatch = leftPage.mismatch(rightPage);
    if (mismatch < 0) {
      report.equalRawBlock();
      return;
    }
    if (at.fork() == ForkNumber.VM && isTolerated(ToleratedBlock.explainMap(leftPage, rightPage))) {
      return;
    }
    boolean canBeExplained = options.masked() || !options.tolerated().isEmpty();
    if (!canBeExplained || Pages.isAllZero(leftPage) || Pages.isAllZero(rightPage)) {
      differs(at, mismatch, leftPage, rightPage);
      return;
    }
    leftMasked.put(0, leftPage, 0, Pages.SIZE);
    rightMasked.put(0, rightPage, 0, Pages.SIZE);
    mask(at, leftMasked);
    mask(at, rightMasked);
    int masked = leftMasked.mismatch(rightMasked);
    if (masked < 0 && options.masked()) {
      report.equalMaskedBlock();
      return;
    } else if (masked < 0) {
      differs(at, mismatch, leftPage, rightPage);
      return;
    }
    if (at.kind() == null
        || !isTolerated(
            ToleratedBlock.explain(at.kind(), at.fork(), at.block(), leftMasked, rightMasked))) {
      differs(at, masked, leftPage, rightPage);
    }
  }

  /** Counts what explains a difference, if it is tolerated. */
  private boolean isTolerated(Optional<Tolerance> explanation) {
    Optional<Tolerance> tolerated = explanation.filter(options.tolerated()::contains);
    if (tolerated.isPresent()) {
      report.otherBlock();
      report.tolerate(tolerated.get(), 1);
    }
    return tolerated.isPresent();
  }

  private void mask(At at, ByteBuffer page) {
    if (!options.masked() || at.fork() == ForkNumber.VM || at.kind() == null) {
      PageMask.maskLsnAndChecksum(page);
    } else {
      PageMask.mask(version, at.kind(), at.block(), page);
    }
  }

  private void differs(At at, int offset, ByteBuffer leftPage, ByteBuffer rightPage) {
    report.otherBlock();
    String detail =
        "%s page differs at offset %d: left %s (LSN %s), right %s (LSN %s)"
            .formatted(
                at.kind() == null ? "unknown" : at.kind(),
                offset,
                hex(leftPage, offset),
                lsn(leftPage),
                hex(rightPage, offset),
                lsn(rightPage));
    report.difference(new Difference(Difference.Type.BLOCK, at.path(), at.block(), offset, detail));
  }

  private static String lsn(ByteBuffer page) {
    return "%X/%X".formatted(page.getInt(Pages.PD_LSN), page.getInt(Pages.PD_LSN + Integer.BYTES));
  }

  private static String hex(ByteBuffer page, int offset) {
    byte[] bytes = new byte[Math.min(SHOWN_BYTES, page.capacity() - offset)];
    page.get(offset, bytes);
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  private void compareLengths(
      String path, long common, FileChannel leftChannel, FileChannel rightChannel)
      throws IOException {
    if (leftChannel.size() == rightChannel.size() && leftChannel.size() == common) {
      return;
    }
    FileChannel longer = leftChannel.size() > rightChannel.size() ? leftChannel : rightChannel;
    boolean wholeBlocks =
        leftChannel.size() % Pages.SIZE == 0 && rightChannel.size() % Pages.SIZE == 0;
    if (wholeBlocks
        && options.tolerated().contains(Tolerance.TRAILING_ZERO_PAGES)
        && isZeroFrom(longer, common)) {
      report.tolerate(Tolerance.TRAILING_ZERO_PAGES, (longer.size() - common) / Pages.SIZE);
      return;
    }
    String detail = "left %d bytes, right %d".formatted(leftChannel.size(), rightChannel.size());
    report.difference(Difference.ofFile(Difference.Type.LENGTH, path, detail));
  }

  /** Whether a visibility map is a number of whole blocks without a bit. */
  boolean hasNoBits(Path map) throws IOException {
    try (FileChannel channel = FileChannel.open(map, StandardOpenOption.READ)) {
      boolean none = channel.size() % Pages.SIZE == 0;
      for (long position = 0; none && position < channel.size(); position += Pages.SIZE) {
        read(channel, leftMasked, position, Pages.SIZE);
        none = ToleratedBlock.hasNoBits(leftMasked);
      }
      return none;
    }
  }

  private boolean isZeroFrom(FileChannel channel, long from) throws IOException {
    for (long position = from; position < channel.size(); position += Pages.SIZE) {
      read(channel, leftMasked, position, Pages.SIZE);
      if (!Pages.isAllZero(leftMasked)) {
        return false;
      }
    }
    return true;
  }

  private static void read(FileChannel channel, ByteBuffer buffer, long position, int length)
      throws IOException {
    buffer.clear().limit(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    buffer.clear();
  }
}
