package org.walfmt.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.page.XLogPageHeader;

/**
 * Tells by its length and its first page header whether a file can be the segment of a name. More
 * is for those who read it.
 */
final class SegmentShape {
  private SegmentShape() {}

  /** What is wrong, in words that go on after a comma; empty if nothing is. */
  static String problem(String name, Path file) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(XLogPageHeader.LONG_LENGTH);
    header.order(ByteOrder.LITTLE_ENDIAN);
    long length;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      length = channel.size();
      while (header.hasRemaining() && channel.read(header) >= 0) {
        // Once is nearly always enough.
      }
    }
    if (header.hasRemaining()) {
      return name + " has " + length + " bytes, too few for a segment";
    }
    int size = XLogPageHeader.segmentSize(header, 0);
    if ((XLogPageHeader.info(header, 0) & XLogPageHeader.LONG_HEADER) == 0
        || !SegmentSize.isValid(size)) {
      return name + " does not begin as a segment does";
    }
    if (length != size) {
      return name + " has " + length + " bytes, expected " + size;
    }
    Optional<SegmentName> segment = SegmentName.parse(name, new SegmentSize(size));
    long address = XLogPageHeader.pageAddress(header, 0);
    if (segment.isEmpty() || segment.get().start().value() != address) {
      return "another segment came for " + name + ", one that begins at " + text(address);
    }
    return "";
  }

  private static String text(long address) {
    return new Lsn(address).toString();
  }
}
