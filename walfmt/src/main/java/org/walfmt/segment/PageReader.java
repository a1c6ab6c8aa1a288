package org.walfmt.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalPosition;
import org.walfmt.page.XLogPageHeader;

/**
 * Reads a stream of WAL page by page, onwards only, in large pieces, and checks each page's header.
 * In the strict mode, for series, every byte of a header has just one right value (PAGE-1 to
 * PAGE-6).
 */
final class PageReader implements Closeable {
  static final int PAGE_SIZE = XLogPageHeader.PAGE_SIZE;
  static final int BUFFER_SIZE = 1 << 20;

  private final SegmentSource source;
  private final StreamIdentity identity;
  private final boolean strict;
  private final byte[] bytes;
  private final ByteBuffer buffer;
  private final ByteBuffer oneByte = ByteBuffer.allocate(1);

  private long bufferStart;
  private int bufferLength;
  private @Nullable SegmentInput input;
  private long openSegment = -1;
  private long inputPosition;

  private boolean timelineKnown;
  private int timeline;
  private long pageAddress = -1;
  private int pageOffset;
  private int pageInfo;

  /**
   * @param bufferSize bytes read at a time, a multiple of the page size
   */
  PageReader(SegmentSource source, StreamIdentity identity, boolean strict, int bufferSize) {
    if (bufferSize < PAGE_SIZE || bufferSize % PAGE_SIZE != 0) {
      throw new IllegalArgumentException("buffer of " + bufferSize + " bytes");
    }
    this.bytes = new byte[bufferSize];
    this.buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.source = source;
    this.identity = identity;
    this.strict = strict;
  }

  ByteBuffer buffer() {
    return buffer;
  }

  /** What {@link #buffer} has, from its start on. */
  byte[] bytes() {
    return bytes;
  }

  /** Offset in the buffer of the page loaded last. */
  int pageOffset() {
    return pageOffset;
  }

  int pageInfo() {
    return pageInfo;
  }

  long remainingLength() {
    return XLogPageHeader.remainingLength(buffer, pageOffset);
  }

  int timelineBits() {
    return timeline;
  }

  int headerLength() {
    return XLogPageHeader.length(pageAddress, identity.segmentSize());
  }

  /**
   * Makes the page at {@code address} current; it must not lie before the one loaded last.
   *
   * @return false if its segment does not exist
   * @throws TruncatedWalException if the segment's file ends before the page does
   */
  boolean load(long address) throws IOException {
    if (address == pageAddress) {
      return true;
    }
    if (address < bufferStart || address - bufferStart + PAGE_SIZE > bufferLength) {
      if (!fill(address)) {
        return false;
      }
    }
    setPage(address);
    return true;
  }

  private void setPage(long address) {
    pageAddress = address;
    pageOffset = (int) (address - bufferStart);
    pageInfo = XLogPageHeader.info(buffer, pageOffset);
  }

  private boolean fill(long address) throws IOException {
    long segment = identity.segmentSize().segmentNumber(new Lsn(address));
    int offset = identity.segmentSize().offset(new Lsn(address));
    if (segment != openSegment && !open(segment, offset)) {
      return false;
    }
    read(address, Math.min(buffer.capacity(), identity.segmentSize().bytes() - offset));
    return true;
  }

  private boolean open(long segment, int offset) throws IOException {
    close();
    Optional<SegmentInput> opened = source.open(segment);
    if (opened.isEmpty()) {
      return false;
    }
    input = opened.get();
    openSegment = segment;
    inputPosition = identity.segmentSize().start(segment).value();
    if (offset != 0) {
      checkFirstPage();
    }
    return true;
  }

  /** Only the first page of a segment says whose it is; {@code XLogPageRead} looks there, too. */
  private void checkFirstPage() throws IOException {
    read(inputPosition, PAGE_SIZE);
    setPage(bufferStart);
    if (strict || !isUnwritten()) {
      check(-1);
    }
    pageAddress = -1;
  }

  private void read(long address, int length) throws IOException {
    SegmentInput in = Objects.requireNonNull(input);
    int offset = identity.segmentSize().offset(new Lsn(address));
    if (inputPosition != address) {
      in.seek(offset);
      inputPosition = address;
    }
    buffer.clear().limit(length);
    int count = 0;
    while (buffer.hasRemaining() && count >= 0) {
      count = in.read(buffer);
    }
    bufferStart = address;
    bufferLength = buffer.position();
    inputPosition += bufferLength;
    pageAddress = -1;
    buffer.clear();
    if (bufferLength < PAGE_SIZE) {
      throw new TruncatedWalException(
          "file has " + (offset + bufferLength) + " bytes of " + identity.segmentSize().bytes(),
          position(address));
    }
    if (strict && offset + bufferLength == identity.segmentSize().bytes()) {
      checkFileEnd(in);
    }
  }

  private void checkFileEnd(SegmentInput in) throws IOException {
    if (in.read(oneByte.clear()) > 0) {
      throw new CorruptWalException(
          "file is longer than " + identity.segmentSize().bytes() + " bytes",
          position(inputPosition - 1));
    }
  }

  /** Whether all of the current page, header included, is zero bytes. */
  boolean isZero() {
    return isZero(0);
  }

  /** Whether the current page is zero from byte {@code from} on. */
  boolean isZero(int from) {
    int at = pageOffset + from;
    int end = pageOffset + PAGE_SIZE;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      if (buffer.getLong(at) != 0) {
        return false;
      }
    }
    for (; at < end; at++) {
      if (buffer.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the current page was not written since its file was made or recycled. */
  boolean isUnwritten() {
    return isZero() || isRecycled();
  }

  /** Whether the page says that it belongs to an earlier position: a recycled file. */
  boolean isRecycled() {
    return XLogPageHeader.magic(buffer, pageOffset) == identity.version().walMagic()
        && XLogPageHeader.pageAddress(buffer, pageOffset) < pageAddress;
  }

  /**
   * Checks the current page's header; the first one checked sets the timeline.
   *
   * @param remaining what {@code xlp_rem_len} must be: bytes to come of a record begun earlier; 0
   *     if none, -1 if the walk begins here
   */
  void check(long remaining) throws CorruptWalException, UnsupportedWalException {
    checkCommon();
    int tli = XLogPageHeader.timelineBits(buffer, pageOffset);
    if (timelineKnown && Integer.compareUnsigned(tli, timeline) < 0) {
      throw corrupt(
          "timeline "
              + Integer.toUnsignedString(tli)
              + " after timeline "
              + Integer.toUnsignedString(timeline));
    }
    if (strict) {
      checkStrictly(remaining, tli);
    }
    timeline = tli;
    timelineKnown = true;
  }

  private void checkCommon() throws CorruptWalException, UnsupportedWalException {
    int magic = XLogPageHeader.magic(buffer, pageOffset);
    if (magic != identity.version().walMagic()) {
      if (PgVersion.ofWalMagic(magic).isPresent()) {
        throw new UnsupportedWalException(
            "WAL of PostgreSQL "
                + PgVersion.ofWalMagic(magic).get()
                + " among that of "
                + identity.version(),
            position(pageAddress));
      }
      throw corrupt(
          String.format(
              "invalid magic number %04X, expected %04X", magic, identity.version().walMagic()));
    }
    if ((pageInfo & ~XLogPageHeader.ALL_FLAGS) != 0) {
      throw corrupt(String.format("invalid info bits %04X", pageInfo));
    }
    boolean first = headerLength() == XLogPageHeader.LONG_LENGTH;
    if (first != ((pageInfo & XLogPageHeader.LONG_HEADER) != 0)) {
      throw corrupt(String.format("invalid info bits %04X", pageInfo));
    }
    if (first) {
      checkLongHeader();
    }
    long stated = XLogPageHeader.pageAddress(buffer, pageOffset);
    if (stated != pageAddress) {
      throw corrupt("unexpected pageaddr " + new Lsn(stated));
    }
  }

  private void checkLongHeader() throws CorruptWalException {
    long system = XLogPageHeader.systemIdentifier(buffer, pageOffset);
    if (system != identity.systemIdentifier()) {
      throw corrupt(
          "WAL is of system "
              + Long.toUnsignedString(system)
              + ", expected "
              + Long.toUnsignedString(identity.systemIdentifier()));
    }
    int size = XLogPageHeader.segmentSize(buffer, pageOffset);
    if (size != identity.segmentSize().bytes()) {
      throw corrupt("segment size " + size + ", expected " + identity.segmentSize().bytes());
    }
    if (XLogPageHeader.walPageSize(buffer, pageOffset) != PAGE_SIZE) {
      throw corrupt(
          "WAL page size "
              + XLogPageHeader.walPageSize(buffer, pageOffset)
              + ", expected "
              + PAGE_SIZE);
    }
  }

  private void checkStrictly(long remaining, int tli) throws CorruptWalException {
    if (timelineKnown && tli != timeline) {
      throw corrupt(
          "timeline "
              + Integer.toUnsignedString(tli)
              + ", expected "
              + Integer.toUnsignedString(timeline));
    }
    if (XLogPageHeader.padding(buffer, pageOffset) != 0) {
      throw corrupt("page header padding is not zero");
    }
    boolean continues = (pageInfo & XLogPageHeader.FIRST_IS_CONTRECORD) != 0;
    if ((pageInfo & ~(XLogPageHeader.FIRST_IS_CONTRECORD | XLogPageHeader.LONG_HEADER)) != 0
        || continues != remainingLength() > 0
        || (remaining >= 0 && remaining != remainingLength())) {
      throw corrupt(
          String.format(
              "invalid info bits %04X, remaining length %d", pageInfo, remainingLength()));
    }
  }

  private CorruptWalException corrupt(String fact) {
    return new CorruptWalException(fact, position(pageAddress));
  }

  WalPosition position(long lsn) {
    Lsn at = new Lsn(lsn);
    return new WalPosition(
        source.name(identity.segmentSize().segmentNumber(at)),
        at,
        identity.segmentSize().offset(at));
  }

  @Override
  public void close() throws IOException {
    SegmentInput open = input;
    input = null;
    openSegment = -1;
    if (open != null) {
      open.close();
    }
  }
}
