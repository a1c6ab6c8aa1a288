package org.walfmt.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.segment.StreamIdentity;

/** Finds out from a segment's first page header which server's WAL it is. */
public final class SegmentProbe {
  /** Magic numbers of all versions since 9.0 begin so; what does not is no WAL. */
  private static final int MAGIC_FAMILY = 0xD000;

  private static final int MAGIC_FAMILY_MASK = 0xFE00;

  private SegmentProbe() {}

  /** Reads the header of the segment in {@code file}. */
  public static StreamIdentity identify(Path file) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(XLogPageHeader.LONG_LENGTH);
    header.order(ByteOrder.LITTLE_ENDIAN);
    try (FileInput input = FileInput.open(file)) {
      int count = 0;
      while (header.hasRemaining() && count >= 0) {
        count = input.read(header);
      }
    }
    if (header.hasRemaining()) {
      throw new TruncatedWalException(
          "file \"" + file + "\" has " + header.position() + " bytes, too few for WAL");
    }
    PgVersion version = version(header, file);
    int size = XLogPageHeader.segmentSize(header, 0);
    if ((XLogPageHeader.info(header, 0) & XLogPageHeader.LONG_HEADER) == 0
        || !SegmentSize.isValid(size)) {
      throw new CorruptWalException("file \"" + file + "\" does not begin as a WAL segment does");
    }
    int pageSize = XLogPageHeader.walPageSize(header, 0);
    if (pageSize != XLogPageHeader.PAGE_SIZE) {
      throw new UnsupportedWalException(
          "file \"" + file + "\" has WAL pages of " + pageSize + " bytes, supported are 8192");
    }
    return new StreamIdentity(
        version, new SegmentSize(size), XLogPageHeader.systemIdentifier(header, 0));
  }

  private static PgVersion version(ByteBuffer header, Path file)
      throws CorruptWalException, UnsupportedWalException {
    int magic = XLogPageHeader.magic(header, 0);
    if (PgVersion.ofWalMagic(magic).isPresent()) {
      return PgVersion.ofWalMagic(magic).get();
    }
    String number = String.format(Locale.ROOT, "%04X", magic);
    if ((magic & MAGIC_FAMILY_MASK) == MAGIC_FAMILY) {
      throw new UnsupportedWalException(
          "file \""
              + file
              + "\" is WAL of another version of PostgreSQL, magic number "
              + number
              + "; supported are "
              + PgVersion.SUPPORTED);
    }
    throw new CorruptWalException(
        "file \"" + file + "\" is no WAL: it begins with " + number + " for a magic number");
  }
}
