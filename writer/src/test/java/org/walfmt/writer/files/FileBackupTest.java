package org.walfmt.writer.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;
import org.walfmt.series.PathEntry;
import org.walfmt.series.RecordKind;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;
import org.walfmt.writer.changes.ParentBackup;
import org.walfmt.writer.kit.Remarks;
import org.walfmt.writer.kit.TestSeries;
import org.walfmt.writer.scan.RateLimit;

class FileBackupTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private final Map<String, ParentBackup.KnownFile> known = new HashMap<>();
  private final List<String> paths = new ArrayList<>();
  private final Random random = new Random(1);
  private final Set<String> databases = Set.of("1663/5", "16390/6");
  private final Remarks remarks = new Remarks();

  /** What a test wants done with the files. */
  private interface Work {
    void with(FileBackup files) throws IOException;
  }

  private final class Known implements ParentBackup.KnownFiles {
    @Override
    public Optional<ParentBackup.KnownFile> find(String path) {
      return Optional.ofNullable(known.get(path));
    }

    @Override
    public void close() {}
  }

  private Series backup(Work work) throws IOException {
    TestSeries made = TestSeries.full(directory.resolve("archive"), 1, "0/3000028");
    try (EntrySpool spool = new EntrySpool()) {
      FileBackup files =
          new FileBackup(
              made.writer(),
              spool,
              Optional.of(new Known()),
              Map.of(),
              PgVersion.V15,
              new RateLimit(0),
              (database, tablespace) -> databases.contains(tablespace + "/" + database),
              remarks::warning);
      work.with(files);
      files.contents("global/pg_control", 0600, new byte[8192]);
      spool.writeTo(made.writer());
    }
    return made.finish("0/4000000");
  }

  /** All files of the directory {@code in}, by name. */
  private Series backupAll() throws IOException {
    return backup(
        files -> {
          for (String path : paths) {
            files.file(path, directory.resolve(path), 0600);
          }
        });
  }

  private byte[] make(String path, int length) throws IOException {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    Files.write(directory.resolve(path), bytes);
    paths.add(path);
    return bytes;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static PathEntry.RegularFile entry(Series series, String path) throws IOException {
    return TestSeries.paths(series).stream()
        .filter(PathEntry.RegularFile.class::isInstance)
        .map(PathEntry.RegularFile.class::cast)
        .filter(file -> file.path().equals(path))
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, byte[]> contents(Series series) throws IOException {
    Map<String, byte[]> contents = new LinkedHashMap<>();
    String path = "";
    try (SeriesCursor cursor = series.openStart()) {
      while (cursor.next()) {
        if (cursor.kind() == RecordKind.FILE) {
          path = cursor.filePath();
          contents.put(path, new byte[0]);
        } else if (cursor.kind() == RecordKind.CHUNK) {
          ByteBuffer more = ByteBuffer.allocate(cursor.payloadLength());
          cursor.copyPayload(more);
          byte[] before = contents.getOrDefault(path, new byte[0]);
          ByteBuffer all = ByteBuffer.allocate(before.length + more.capacity());
          contents.put(path, all.put(before).put(more.clear()).array());
        }
      }
    }
    return contents;
  }

  @Test
  void takesFilesOfEveryLengthWhole() throws Exception {
    Map<String, byte[]> made = new LinkedHashMap<>();
    int[] lengths = {0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 7};
    for (int i = 0; i < lengths.length; i++) {
      made.put("f" + i, make("f" + i, lengths[i]));
    }
    Series series = backupAll();
    Map<String, byte[]> read = contents(series);
    for (Map.Entry<String, byte[]> file : made.entrySet()) {
      assertThat(read.get(file.getKey())).as(file.getKey()).isEqualTo(file.getValue());
      assertThat(entry(series, file.getKey()))
          .isEqualTo(
              new PathEntry.RegularFile(
                  file.getKey(), 0600, file.getValue().length, sha256(file.getValue()), false));
    }
    assertThat(new ArrayList<>(read.keySet()).get(lengths.length)).isEqualTo("global/pg_control");
  }

  @Test
  void whatTheParentHasIsNotTakenAgain() throws Exception {
    for (String path : List.of("empty", "large", "small")) {
      byte[] bytes = make(path, List.of(0, 3 * MIB, 100).get(paths.size()));
      known.put(path, new ParentBackup.KnownFile(bytes.length, sha256(bytes)));
    }
    Series series = backupAll();
    assertThat(contents(series).keySet()).containsExactly("global/pg_control");
    for (String path : paths) {
      assertThat(entry(series, path).unchanged()).as(path).isTrue();
      assertThat(known.values())
          .extracting(ParentBackup.KnownFile::sha256)
          .contains(entry(series, path).sha256());
    }
  }

  @Test
  void filesOfTheSameLengthWithOtherBytesAreTaken() throws Exception {
    byte[] large = make("large", 2 * MIB + 5);
    byte[] small = make("small", 100);
    known.put("large", new ParentBackup.KnownFile(large.length, sha256(small)));
    known.put("small", new ParentBackup.KnownFile(small.length, sha256(large)));
    Series series = backupAll();
    assertThat(contents(series).get("large")).isEqualTo(large);
    assertThat(contents(series).get("small")).isEqualTo(small);
    assertThat(entry(series, "large"))
        .isEqualTo(new PathEntry.RegularFile("large", 0600, large.length, sha256(large), false));
    assertThat(entry(series, "small").unchanged()).isFalse();
  }

  @Test
  void aFileThatVanishedIsNotInTheBackup() throws Exception {
    paths.add("gone");
    Series series = backupAll();
    assertThat(TestSeries.paths(series))
        .extracting(PathEntry::path)
        .containsExactly("global/pg_control");
  }

  /** A log that is written to faster than it is read would never end. */
  @Test
  void aFileThatGrowsIsCutAtTheLengthItHad() throws Exception {
    Path log = directory.resolve("log");
    byte[] bytes = make("log", 2 * MIB);
    Thread writer =
        new Thread(
            () -> {
              byte[] more = new byte[MIB];
              while (!Thread.interrupted()) {
                try {
                  Files.write(log, more, StandardOpenOption.APPEND);
                  if (Files.size(log) > 120L * MIB) {
                    return;
                  }
                  Thread.sleep(5);
                } catch (IOException | InterruptedException e) {
                  return; // interrupted
                }
              }
            });
    TestSeries made = TestSeries.full(directory.resolve("archive"), 1, "0/3000028");
    Series series;
    try (EntrySpool spool = new EntrySpool()) {
      RateLimit slow = new RateLimit(20L * MIB);
      FileBackup files =
          new FileBackup(
              made.writer(),
              spool,
              Optional.empty(),
              Map.of(),
              PgVersion.V15,
              slow,
              (database, tablespace) -> true,
              remarks::warning);
      writer.start();
      files.file("log", log, 0600);
      files.contents("global/pg_control", 0600, new byte[8192]);
      writer.interrupt();
      writer.join();
      spool.writeTo(made.writer());
      series = made.finish("0/4000000");
    }
    PathEntry.RegularFile entry = entry(series, "log");
    byte[] read = Objects.requireNonNull(contents(series).get("log"));
    assertThat(entry.length()).isLessThan(100L * MIB).isEqualTo(read.length);
    assertThat(entry.sha256()).isEqualTo(sha256(read));
    assertThat(read).startsWith(bytes);
  }

  /** CREATE DATABASE by file copy makes the file, and then fills it. */
  @Test
  void aRelationMapThatIsStillEmptyIsReadAgain() throws Exception {
    Files.createDirectory(directory.resolve("base"));
    make("base/pg_filenode.map", 0);
    byte[] map = emptyMap();
    Thread server = new Thread(() -> later(file -> Files.write(file, map)));
    server.start();
    Series series = backupAll();
    server.join();
    assertThat(contents(series).get("base/pg_filenode.map")).isEqualTo(map);
  }

  /** The same, but it fails and takes its directory away. */
  @Test
  void aRelationMapThatVanishesEmptyIsNotInTheBackup() throws Exception {
    Files.createDirectory(directory.resolve("base"));
    make("base/pg_filenode.map", 0);
    Thread server = new Thread(() -> later(Files::delete));
    server.start();
    Series series = backupAll();
    server.join();
    assertThat(contents(series)).containsOnlyKeys("global/pg_control");
    assertThat(TestSeries.paths(series))
        .extracting(PathEntry::path)
        .containsOnly("global/pg_control");
  }

  /** What a server does to a file while it is read. */
  private interface Deed {
    void doTo(Path file) throws IOException;
  }

  private void later(Deed deed) {
    try {
      Thread.sleep(100);
      deed.doTo(directory.resolve("base/pg_filenode.map"));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A map of PostgreSQL 15 without a mapping. */
  private static byte[] emptyMap() {
    ByteBuffer map = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    map.putInt(0, 0x592717);
    CRC32C crc = new CRC32C();
    crc.update(map.slice(0, 504));
    map.putInt(504, (int) crc.getValue());
    return map.array();
  }

  @Test
  void aRelationMapThatStaysDamagedIsAnError() throws Exception {
    Files.createDirectory(directory.resolve("global"));
    make("global/pg_filenode.map", 100);
    assertThatThrownBy(this::backupAll)
        .isInstanceOf(TruncatedWalException.class)
        .hasMessage("global/pg_filenode.map has 100 bytes instead of 512");
  }

  @Test
  void aRelationMapOfADatabaseThatStaysDamagedIsAnError() throws Exception {
    Files.createDirectories(directory.resolve("pg_tblspc/16390/PG_15_202209061/6"));
    make("pg_tblspc/16390/PG_15_202209061/6/pg_filenode.map", 512);
    assertThatThrownBy(this::backupAll)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("pg_tblspc/16390/PG_15_202209061/6/pg_filenode.map has magic ");
    assertThat(remarks.warnings()).isEmpty();
  }

  /** As a crash in the middle of CREATE DATABASE leaves it for ever. */
  @Test
  void aRelationMapOfNoDatabaseIsTakenAsItIs() throws Exception {
    Files.createDirectories(directory.resolve("base/6"));
    Files.createDirectories(directory.resolve("pg_tblspc/16390/PG_15_202209061/5"));
    make("base/6/pg_filenode.map", 0);
    byte[] map = make("pg_tblspc/16390/PG_15_202209061/5/pg_filenode.map", 100);
    Series series = backupAll();
    assertThat(contents(series).get("base/6/pg_filenode.map")).isEmpty();
    assertThat(contents(series).get("pg_tblspc/16390/PG_15_202209061/5/pg_filenode.map"))
        .isEqualTo(map);
    assertThat(remarks.warnings())
        .containsExactly(
            "base/6/pg_filenode.map has 0 bytes instead of 512: taken as it is, since the server has"
                + " no such database",
            "pg_tblspc/16390/PG_15_202209061/5/pg_filenode.map has 100 bytes instead of 512: taken"
                + " as it is, since the server has no such database");
  }

  @Test
  void namesTheFileThatCannotBeRead() throws Exception {
    Files.createDirectory(directory.resolve("d"));
    paths.add("d");
    assertThatThrownBy(this::backupAll)
        .isInstanceOf(IOException.class)
        .hasMessage("could not read file \"d\": Is a directory");
  }
}
