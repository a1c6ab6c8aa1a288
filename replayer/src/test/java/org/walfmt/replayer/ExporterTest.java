package org.walfmt.replayer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.block.ForkNumber;
import org.walfmt.control.BackupLabel;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.manifest.ManifestSummary;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.NativeFiles;
import org.walfmt.replayer.kit.RandomChain;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.series.CommitFile;

class ExporterTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);

  @TempDir Path directory;

  private final Remarks remarks = new Remarks();

  static LongStream seeds() {
    return LongStream.range(0, 6);
  }

  private ExportReport export(SyntheticArchive archive, String id, Path target) throws IOException {
    return new Exporter(Clock.systemUTC())
        .export(
            new ExportOptions(
                archive.archive(),
                id,
                Optional.empty(),
                true,
                new ExportOptions.Output.Directory(target, Map.of(), false, true)),
            remarks);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyMemberOfAChainCombinesToWhatARestoreWrites(long seed) throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 5, new Random(seed), PgVersion.V17);
    List<Path> exported = new ArrayList<>();
    for (int i = 0; i < chain.commits().size(); i++) {
      Path target = directory.resolve("export-" + i);
      ExportReport report = export(chain.archive(), chain.commits().get(i).id().text(), target);
      exported.add(target);
      ClusterModel state = chain.states().get(i);
      for (ForkKey key : state.forks().keySet()) {
        String path = key.locator().path(PgVersion.V17, key.fork(), 0);
        assertThat(NativeFiles.combine(exported, path))
            .as("%s of backup %d", path, i)
            .isEqualTo(state.bytes(key));
      }
      for (Map.Entry<String, byte[]> file : state.files().entrySet()) {
        assertThat(target.resolve(file.getKey())).hasBinaryContent(file.getValue());
      }
      requireLabelsAndManifest(chain, i, target, report);
    }
  }

  private static void requireLabelsAndManifest(
      RandomChain chain, int i, Path target, ExportReport report) throws IOException {
    CommitFile.Summary commit = chain.commits().get(i);
    BackupLabel label = BackupLabel.parse(Files.readString(target.resolve("backup_label")));
    assertThat(label.startLsn()).isEqualTo(commit.startLsn());
    assertThat(label.incrementalFrom())
        .isEqualTo(
            i == 0
                ? Optional.empty()
                : Optional.of(
                    new BackupLabel.IncrementalFrom(
                        chain.commits().get(i - 1).startLsn(), commit.referenceTimeline())))
        .isEqualTo(report.from());
    Map<String, Long> listed = new HashMap<>();
    ManifestSummary manifest;
    String text = Files.readString(target.resolve("backup_manifest"));
    assertThat(text).startsWith("{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n");
    // The reader takes whole files alone; under another name an incremental one is as good.
    try (var in =
        new java.io.ByteArrayInputStream(Files.readAllBytes(target.resolve("backup_manifest")))) {
      manifest = BackupManifestReader.readNative(in, file -> listed.put(file.path(), file.size()));
    }
    assertThat(manifest.systemIdentifier()).hasValue(SyntheticArchive.SYSTEM);
    assertThat(manifest.walRanges()).hasSize(1);
    Set<String> found = new TreeSet<>();
    long incrementals = 0;
    for (Path file : files(target)) {
      String path = target.relativize(file).toString();
      if (!path.startsWith("pg_wal/") && !path.equals("backup_manifest")) {
        found.add(path);
        assertThat(listed).containsEntry(path, Files.size(file));
        incrementals += path.contains("/INCREMENTAL.") ? 1 : 0;
      }
    }
    assertThat(listed.keySet()).isEqualTo(found);
    assertThat(report.incrementalFiles()).isEqualTo(incrementals);
    assertThat(target.resolve("pg_wal").resolve(ordinary(commit))).hasSize(1 << 20);
    assertThat(target.resolve("pg_wal/summaries")).isDirectory();
    assertThat(target.resolve("recovery.signal")).doesNotExist();
  }

  private static String ordinary(CommitFile.Summary commit) {
    return org.walfmt.SegmentName.of(
            commit.startTimeline(), commit.startLsn(), commit.segmentSize())
        .toString();
  }

  private static List<Path> files(Path target) throws IOException {
    try (Stream<Path> all = Files.walk(target)) {
      return all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)).toList();
    }
  }

  @Test
  void anIncrementalOfAnOlderServerIsRefusedAndAFullIsNot() throws IOException {
    RandomChain chain = RandomChain.make(directory.resolve("archive"), 2, new Random(1));

    assertThatThrownBy(
            () ->
                export(
                    chain.archive(),
                    chain.commits().get(1).id().text(),
                    directory.resolve("incremental")))
        .isInstanceOf(RefusedException.class)
        .hasMessage("PostgreSQL 15 has no incremental backups of its own");
    assertThat(directory.resolve("incremental")).doesNotExist();
    export(chain.archive(), chain.commits().get(0).id().text(), directory.resolve("full"));
    assertThat(directory.resolve("full/global/pg_control")).exists();
  }

  @Test
  void aSeriesThatLacksABlockIsNotExported() throws IOException {
    SyntheticArchive archive = new SyntheticArchive(directory.resolve("archive"));
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 10, new Random(1));
    Draft full = archive.full(cluster);
    full.version = PgVersion.V17;
    Draft draft = archive.incremental(archive.take(full), cluster);
    draft.version = PgVersion.V17;
    draft.forks.put(TABLE, new ForkPlan(List.of(6, 8, 9), true, OptionalLong.of(6)));
    String id = archive.take(draft).id().text();

    assertThatThrownBy(() -> export(archive, id, directory.resolve("out")))
        .isInstanceOf(CorruptWalException.class)
        .hasMessage("backup " + id + " lacks block 7 of file \"base/5/16384\"");
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  void aTarHoldsWhatADirectoryHolds() throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 2, new Random(3), PgVersion.V17);
    String id = chain.commits().get(1).id().text();
    Clock clock = Clock.fixed(java.time.Instant.ofEpochSecond(5000), java.time.ZoneOffset.UTC);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Exporter(clock)
        .export(
            new ExportOptions(
                chain.archive().archive(),
                id,
                Optional.empty(),
                true,
                new ExportOptions.Output.Tar(out)),
            remarks);
    Path target = directory.resolve("out");
    export(chain.archive(), id, target);

    byte[] tar = out.toByteArray();
    Set<String> names = new HashSet<>();
    int at = 0;
    while (tar[at] != 0) {
      String name = text(tar, at, 100);
      int size = Integer.parseInt(text(tar, at + 124, 11), 8);
      requireChecksum(tar, at);
      if (tar[at + 156] == '0') {
        names.add(name);
        if (!name.equals("backup_manifest")) { // its times and order are other ones
          assertThat(java.util.Arrays.copyOfRange(tar, at + 512, at + 512 + size))
              .as(name)
              .isEqualTo(Files.readAllBytes(target.resolve(name)));
        }
      } else {
        assertThat(target.resolve(name)).isDirectory();
      }
      at += 512 + (size + 511) / 512 * 512;
    }
    assertThat(tar.length - at).isEqualTo(1024);
    Set<String> expected = new HashSet<>();
    files(target).forEach(file -> expected.add(target.relativize(file).toString()));
    assertThat(names).isEqualTo(expected);
  }

  private static String text(byte[] tar, int at, int length) {
    int end = at;
    while (end < at + length && tar[end] != 0) {
      end++;
    }
    return new String(tar, at, end - at, US_ASCII);
  }

  private static void requireChecksum(byte[] tar, int at) {
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += i >= 148 && i < 156 ? ' ' : Byte.toUnsignedInt(tar[at + i]);
    }
    assertThat(Integer.parseInt(text(tar, at + 148, 6), 8)).isEqualTo(sum);
  }
}
