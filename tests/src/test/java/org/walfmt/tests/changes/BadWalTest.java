package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.record.LogicalMessage;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.Series;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.writer.changes.ChangeSource;

/**
 * What is wrong with the archived WAL since the parent is told with segment, LSN and range, or with
 * {@code auto} every page is read and one line says why. If sound WAL proves another history, no
 * backup is taken at all. Segments have 1 MB.
 */
class BadWalTest {
  private static final SegmentSize SIZE = new SegmentSize(1 << 20);
  private static final int PAGE = 8192;
  private static final int XLP_SYSID = 24;
  private static final int XL_CRC = 20;

  /** The segment that is spoilt lies so many after the one that the range begins in. */
  private static final int BETWEEN = 3;

  private static final String PLACE = "in WAL segment 0000000100000000000000[0-9A-F]{2}, LSN ";

  private static final Pattern RANGE = Pattern.compile("from 0/[0-9A-F]+ to 0/[0-9A-F]+");

  private static Cluster source;
  private static Path archive;
  private static BackupId full;
  private static Lsn start;

  /** Segments of the archive from the range's first on, as the server wrote them. */
  private static List<byte[]> sound;

  private Backups backups;
  private int spoilt;

  private interface Spoil {
    /** Spoils a copy of a segment; empty to remove it. */
    Optional<byte[]> spoil(byte[] bytes) throws IOException;
  }

  /**
   * A fault of a segment.
   *
   * @param name says what is done
   * @param reason of a refusal; empty if the WAL is called corrupt
   * @param message what is said
   */
  private record Fault(String name, Optional<Reason> reason, String message, Spoil spoil) {
    @Override
    public String toString() {
      return name;
    }

    static Fault corrupt(String name, String message, Spoil spoil) {
      return new Fault(name, Optional.empty(), message, spoil);
    }

    static Fault incomplete(String name, String message, Spoil spoil) {
      return new Fault(name, Optional.of(Reason.INCOMPLETE), message, spoil);
    }
  }

  static Stream<Fault> inTheMiddle() {
    return Stream.of(
        Fault.corrupt("a flipped bit", "record has CRC .*", b -> flipped(b, 5 * PAGE + 4000)),
        Fault.corrupt("a bad header", "invalid magic number .*", b -> flipped(b, 7 * PAGE)),
        Fault.corrupt("another system's", "WAL is of system .*", b -> flipped(b, XLP_SYSID)),
        Fault.corrupt("the next one", "unexpected pageaddr .*", b -> copy(BETWEEN + 1)),
        Fault.incomplete(
            "the one before", "record at .* lacks its last .*", b -> copy(BETWEEN - 1)),
        Fault.incomplete("cut short", "file has 300000 bytes of 1048576 .*", b -> cut(b, 300_000)),
        Fault.incomplete(
            "cut at a page", "file has 491520 bytes of 1048576 .*", b -> cut(b, 60 * PAGE)),
        Fault.incomplete("empty", "file has 0 bytes of 1048576 .*", b -> cut(b, 0)),
        Fault.incomplete(
            "zeros from the middle on",
            "record at .* lacks its last .*",
            b -> cut(Arrays.copyOf(b, 60 * PAGE), b.length)),
        Fault.incomplete("missing", "WAL segment .* is missing", b -> Optional.empty()));
  }

  static Stream<Fault> whereTheParentStarts() {
    return Stream.of(
        Fault.corrupt(
            "a flipped bit", "record has CRC .*", b -> flipped(b, SIZE.offset(start) + XL_CRC)),
        Fault.corrupt("another system's", "WAL is of system .*", b -> flipped(b, XLP_SYSID)),
        Fault.corrupt("the next one", "unexpected pageaddr .*", b -> copy(1)));
  }

  private static Optional<byte[]> copy(int segment) {
    return Optional.of(sound.get(segment).clone());
  }

  private static Optional<byte[]> cut(byte[] bytes, int length) {
    return Optional.of(Arrays.copyOf(bytes, length));
  }

  private static Optional<byte[]> flipped(byte[] bytes, int offset) {
    bytes[offset] ^= 0x10;
    return Optional.of(bytes);
  }

  @BeforeAll
  static void makeWal() throws IOException {
    source =
        Cluster.of(PgInstall.machine15())
            .segmentMegabytes(1)
            .archiving()
            .setting("autovacuum", "off")
            .setting("min_wal_size", "2MB")
            .start();
    archive = source.archive();
    source.run(
        "CREATE TABLE t AS SELECT g AS a, repeat('x', 1500) AS b FROM generate_series(1, 40000) g",
        "VACUUM FREEZE t"); // else the update would log an image of each page
    full = new Backups(source, archive).full().id();
    start = new BackupCatalog(directory()).find(full).orElseThrow().startLsn();
    source.run("UPDATE t SET b = repeat('y', 1500) WHERE a < 2000", "CHECKPOINT");
    source.archiveWal();
    source.run("CHECKPOINT");
    try (Stream<Path> files = Files.list(archive)) {
      sound =
          files
              .filter(file -> segmentAfterStart(file) >= 0)
              .sorted()
              .map(BadWalTest::bytes)
              .toList();
    }
    assertThat(sound).hasSizeGreaterThan(BETWEEN + 2);
    for (int i = 0; i <= BETWEEN + 1; i++) {
      assertThat(source.data().resolve("pg_wal").resolve(name(i))).doesNotExist();
    }
  }

  @AfterAll
  static void stop() {
    source.close();
  }

  @BeforeEach
  void beginAnew() {
    backups = new Backups(source, archive);
  }

  @AfterEach
  void mend() throws IOException {
    Files.write(archive.resolve(name(spoilt)), sound.get(spoilt));
  }

  private static DirectoryArchive directory() throws IOException {
    return new DirectoryArchive(archive, "test");
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long segmentAfterStart(Path file) {
    return SegmentName.parse("" + file.getFileName(), SIZE)
        .filter(name -> name.timeline().equals(TimelineId.of(1)))
        .map(name -> name.number() - SIZE.segmentNumber(start))
        .orElse(-1L);
  }

  private static String name(int segment) {
    return new SegmentName(TimelineId.of(1), SIZE.segmentNumber(start) + segment, SIZE).toString();
  }

  private void spoil(int segment, Spoil fault) throws IOException {
    spoilt = segment;
    Path file = archive.resolve(name(segment));
    Optional<byte[]> bytes = fault.spoil(sound.get(segment).clone());
    if (bytes.isPresent()) {
      Files.write(file, bytes.get());
    } else {
      Files.delete(file);
    }
  }

  private IOException refusal(ChangeSource changes) {
    IOException e =
        catchThrowableOfType(
            IOException.class, () -> backups.changesBy(changes).incremental(full.text()));
    assertThat(e).as("refusal of --changes=%s %s", changes, backups.infos()).isNotNull();
    return e;
  }

  /** The next backup starts later. */
  private static String withoutRange(String line) {
    return RANGE.matcher(line).replaceAll("RANGE");
  }

  /** The whole of what the command line prints. */
  private static String text(IOException e) {
    Optional<String> detail =
        e instanceof RefusedException refused ? refused.detail() : Optional.empty();
    return e.getMessage() + detail.map(found -> "; " + found).orElse("");
  }

  @ParameterizedTest
  @MethodSource("inTheMiddle")
  void isToldOrEveryPageIsRead(Fault fault) throws IOException {
    check(BETWEEN, fault);
  }

  @ParameterizedTest
  @MethodSource("whereTheParentStarts")
  void isToldOfTheFirstRecordToo(Fault fault) throws IOException {
    check(0, fault);
  }

  private void check(int segment, Fault fault) throws IOException {
    spoil(segment, fault.spoil);
    IOException e = refusal(ChangeSource.WAL);
    assertThat(text(e))
        .matches(fault.message + ".*" + "the WAL from " + start + " to 0/[0-9A-F]+ is needed.*")
        .contains(name(segment))
        .containsPattern(PLACE + "|it ends at 0/[0-9A-F]+");
    if (fault.reason.isPresent()) {
      assertThat(e)
          .isInstanceOfSatisfying(
              RefusedException.class,
              refused -> assertThat(refused.reason()).isEqualTo(fault.reason.get()));
    } else {
      assertThat(e).isInstanceOf(CorruptWalException.class);
    }

    BackupId id = backups.changesBy(ChangeSource.AUTO).incremental(full.text()).id();
    assertThat(backups.infos())
        .filteredOn(line -> line.startsWith("changes by "))
        .singleElement()
        .satisfies(
            line ->
                assertThat(withoutRange(line))
                    .isEqualTo(
                        withoutRange(
                            "changes by page scan, since the WAL does not tell: " + text(e))));
    assertThat(Series.open(directory(), new BackupCatalog(directory()).find(id).orElseThrow()))
        .satisfies(series -> assertThat(series.begin().changeSource()).isEqualTo("scan"));
  }

  /** Sound WAL goes around where the parent starts, as a twin's would. */
  @Test
  void isRefusedIfSoundWalProvesAnotherHistory() throws IOException {
    spoil(0, BadWalTest::ofOneRecord);
    for (ChangeSource changes : new ChangeSource[] {ChangeSource.WAL, ChangeSource.AUTO}) {
      RefusedException e = (RefusedException) refusal(changes);
      assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
      assertThat(e).hasMessage("no record begins at " + start + ", where one should");
      assertThat(e.detail().orElseThrow())
          .contains("in WAL segment " + name(0) + ", LSN ")
          .containsPattern("the WAL from " + start + " to 0/[0-9A-F]+ is needed$");
      assertThat(e.hint())
          .contains("The WAL is of another history, as after pg_resetwal: take a full backup.");
    }
    assertThat(backups.infos()).noneMatch(line -> line.startsWith("changes by "));
  }

  /** A segment of the same server, with one long record, and a switch at its end. */
  private static Optional<byte[]> ofOneRecord(byte[] bytes) throws IOException {
    ByteBuffer made = ByteBuffer.allocate(SIZE.bytes());
    SegmentSink sink =
        new SegmentSink() {
          @Override
          public void begin(long number) {}

          @Override
          public void write(ByteBuffer pages) {
            made.put(pages);
          }

          @Override
          public void end() {}
        };
    long system = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(XLP_SYSID);
    WalEncoder encoder =
        new WalEncoder(
            new StreamIdentity(PgVersion.V15, SIZE, system),
            TimelineId.of(1),
            SIZE.segmentNumber(start),
            sink);
    ByteBuffer record = ByteBuffer.allocate(SIZE.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int length = LogicalMessage.writeRecord(record, "test", ByteBuffer.allocate(1_000_000));
    encoder.append(record, 0, length);
    encoder.finish();
    return Optional.of(made.array());
  }
}
