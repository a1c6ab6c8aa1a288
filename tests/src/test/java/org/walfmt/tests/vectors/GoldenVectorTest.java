package org.walfmt.tests.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.PgVersion;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;
import org.walfmt.series.SeriesDigest;

/** Each vector decodes to exactly its text, and a series is encoded to exactly its bytes again. */
class GoldenVectorTest {
  @TempDir Path archive;

  static Stream<String> serverWal() throws IOException {
    return VectorFile.names("server-").stream();
  }

  static Stream<String> series() throws IOException {
    return VectorFile.names("series-").stream();
  }

  /** Whose images do not depend on the version of a compression library. */
  static Stream<String> seriesOfOurOwnBytes() throws IOException {
    return series().filter(name -> !name.endsWith("-lz4") && !name.endsWith("-zstd"));
  }

  private static String text(String vector, String ending) throws IOException {
    return Files.readString(VectorFile.DIRECTORY.resolve(vector + ending));
  }

  @Test
  void thereIsOneOfEveryMajor() throws IOException {
    for (PgVersion version : PgVersion.values()) {
      assertThat(VectorFile.names("server-")).contains("server-" + version);
      assertThat(VectorFile.names("series-")).contains("series-" + version + "-full");
    }
  }

  @ParameterizedTest
  @MethodSource("serverWal")
  void decodesServerWalToItsText(String vector) throws IOException {
    String listing = Listing.of(VectorFile.read(vector), false);
    assertThat(listing).isEqualTo(text(vector, ".txt"));
    assertThat(listing)
        .as("a long message, a commit, an abort, a restore point, a switch")
        .contains(" len 17560 rmid 21 info 00 ")
        .contains(" rmid 1 info 00 ")
        .contains(" rmid 1 info 20 ")
        .contains(" rmid 0 info 70 ")
        .contains(" rmid 0 info 40 ");
    assertThat(listing.lines().filter(line -> line.startsWith("    image "))).hasSizeGreaterThan(2);
  }

  @ParameterizedTest
  @MethodSource("series")
  void decodesASeriesToItsText(String vector) throws IOException {
    assertThat(Listing.of(VectorFile.read(vector), true)).isEqualTo(text(vector, ".txt"));
  }

  @ParameterizedTest
  @MethodSource("series")
  void laysTheRecordsOfASeriesOutAgain(String vector) throws IOException {
    Map<String, ByteBuffer> segments = VectorFile.read(vector);
    assertThat(Rewriting.ofRecords(segments)).isEqualTo(new TreeMap<>(segments));
  }

  @ParameterizedTest
  @MethodSource("seriesOfOurOwnBytes")
  void encodesTheValuesOfASeriesToTheSameBytes(String vector) throws IOException {
    Map<String, ByteBuffer> segments = VectorFile.read(vector);
    Rewriting.OfValues again = new Rewriting.OfValues(segments).run();
    assertThat(again.segments()).isEqualTo(new TreeMap<>(segments));
    assertThat(new String(again.commit(), StandardCharsets.UTF_8))
        .isEqualTo(text(vector, ".backup"));
  }

  @ParameterizedTest
  @MethodSource("series")
  void findsASeriesInAnArchiveByItsCommit(String vector) throws IOException {
    Map<String, ByteBuffer> segments = VectorFile.read(vector);
    for (Map.Entry<String, ByteBuffer> segment : segments.entrySet()) {
      Files.write(archive.resolve(segment.getKey()), segment.getValue().array());
    }
    BackupId id = new BackupId(segments.keySet().iterator().next());
    Files.writeString(archive.resolve(id.commitName()), text(vector, ".backup"));
    DirectoryArchive directory = new DirectoryArchive(archive, "test");
    List<BackupCatalog.Entry> entries = new BackupCatalog(directory).list();
    assertThat(entries).hasSize(1).allMatch(BackupCatalog.Entry::isComplete);
    Series series = Series.open(directory, entries.get(0).summary().orElseThrow());
    SeriesDigest digest = new SeriesDigest();
    List<String> kinds = new ArrayList<>();
    try (SeriesCursor cursor = series.openStart()) {
      while (cursor.next()) {
        digest.add(cursor);
        kinds.add(cursor.kind().name());
      }
    }
    assertThat(digest.isProven()).isTrue();
    assertThat(kinds).contains("BLOCK", "FILE", "CHUNK", "FORKS", "PATHS", "INDEX");
  }
}
