package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.ForkNumber;
import org.walfmt.control.BackupLabel;
import org.walfmt.image.ImageCompression;
import org.walfmt.manifest.BackupManifestWriter;
import org.walfmt.manifest.ChecksumAlgorithm;
import org.walfmt.manifest.FileDigest;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.ControlFiles;
import org.walfmt.replayer.kit.RandomChain;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.Parent;

class ImporterTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);
  private static final ForkKey MAP = ForkKey.of(5, 16384, ForkNumber.VM);

  @TempDir Path directory;

  private final Remarks remarks = new Remarks();
  private DirectoryArchive archive;
  private int imports;

  static LongStream seeds() {
    return LongStream.range(0, 5);
  }

  @BeforeEach
  void createArchive() throws IOException {
    archive = new DirectoryArchive(Files.createDirectory(directory.resolve("imported")), "test");
  }

  private ImportReport importBackup(Path source) throws IOException {
    return importBackup(source, Optional.empty(), true);
  }

  private ImportReport importBackup(Path source, Optional<String> parent, boolean visibilityMaps)
      throws IOException {
    return importBackup(source, parent, visibilityMaps, false);
  }

  private ImportReport importBackup(
      Path source, Optional<String> parent, boolean visibilityMaps, boolean walCheck)
      throws IOException {
    return new Importer(
            new ImportOptions(
                archive,
                source,
                parent,
                Optional.of(directory),
                ImageCompression.PGLZ,
                visibilityMaps,
                walCheck),
            String.format("%032x", ++imports),
            "test",
            Clock.systemUTC(),
            remarks)
        .run("test");
  }

  private static Path export(RandomChain chain, int member, Path target) throws IOException {
    export(chain, member, new ExportOptions.Output.Directory(target, Map.of(), false, true));
    return target;
  }

  private static void export(RandomChain chain, int member, ExportOptions.Output output)
      throws IOException {
    new Exporter(Clock.systemUTC())
        .export(
            new ExportOptions(
                chain.archive().archive(),
                chain.commits().get(member).id().text(),
                Optional.empty(),
                true,
                output),
            new Remarks());
  }

  private Path restore(BackupId id) throws IOException {
    Path target = directory.resolve("restored-" + id);
    new Restorer(Clock.systemUTC())
        .restore(
            RestoreOptions.of(archive, target).backup(id.text()).sync(false).walCheck(false),
            remarks);
    return target;
  }

  private static void requireState(ClusterModel state, Path restored) throws IOException {
    for (ForkKey key : state.forks().keySet()) {
      assertThat(restored.resolve(key.locator().path(PgVersion.V17, key.fork(), 0)))
          .hasBinaryContent(state.bytes(key));
    }
    for (Map.Entry<String, byte[]> file : state.files().entrySet()) {
      if (!file.getKey().equals("postgresql.auto.conf")) {
        assertThat(restored.resolve(file.getKey())).hasBinaryContent(file.getValue());
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void anExportedChainComesBackAsItWas(long seed) throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 5, new Random(seed), PgVersion.V17);
    Optional<BackupId> before = Optional.empty();
    for (int i = 0; i < chain.commits().size(); i++) {
      ImportReport report = importBackup(export(chain, i, directory.resolve("export-" + i)));
      assertThat(report.startLsn()).isEqualTo(chain.commits().get(i).startLsn());
      assertThat(report.stopLsn()).isEqualTo(chain.commits().get(i).stopLsn());
      assertThat(report.parent().map(parent -> ((Parent.Series) parent).id())).isEqualTo(before);
      assertThat(report.damagedPages()).isZero();
      requireState(chain.states().get(i), restore(report.backup()));
      before = Optional.of(report.backup());
    }
    VerifyReport verified =
        new Verifier()
            .verify(
                new VerifyOptions(archive, "latest", true, Optional.empty(), false, 10), remarks);
    assertThat(verified.findings()).isEmpty();
    assertThat(verified.members()).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {".tar", ".tar.gz", ".tar.lz4", ".tar.zst"})
  void aTarIsAsGoodAsADirectory(String suffix) throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 2, new Random(7), PgVersion.V17);
    importBackup(export(chain, 0, directory.resolve("export-0")));
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    export(chain, 1, new ExportOptions.Output.Tar(tar));
    Path place = Files.createDirectory(directory.resolve("tars"));
    try (OutputStream out = compress(place.resolve("base" + suffix), suffix)) {
      tar.writeTo(out);
    }

    ImportReport report = importBackup(place);

    requireState(chain.states().get(1), restore(report.backup()));
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith("walfmt-import"));
    }
  }

  private static OutputStream compress(Path file, String suffix) throws IOException {
    OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
    return switch (suffix) {
      case ".tar.gz" -> new GZIPOutputStream(out);
      case ".tar.lz4" -> new LZ4FrameOutputStream(out);
      case ".tar.zst" -> new ZstdOutputStream(out);
      default -> out;
    };
  }

  @Test
  void aChangedByteIsRefusedAndLeavesNothing() throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 1, new Random(3), PgVersion.V17);
    Path source = export(chain, 0, directory.resolve("export"));
    Path file = source.resolve("pg_xact/0000");
    byte[] bytes = Files.readAllBytes(file);
    bytes[0] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> importBackup(source))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is not as its manifest says");
    assertThat(archive.list()).noneMatch(name -> name.startsWith("8"));
  }

  @Test
  void anIncrementalWithoutItsParentIsRefused() throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 3, new Random(5), PgVersion.V17);
    importBackup(export(chain, 0, directory.resolve("export-0")));
    Path second = export(chain, 2, directory.resolve("export-2"));

    assertThatThrownBy(() -> importBackup(second))
        .isInstanceOf(RefusedException.class)
        .hasMessageEndingWith("builds on is not in the archive");
  }

  @Test
  void aManifestCanBeTheParent() throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 2, new Random(11), PgVersion.V17);
    Path full = export(chain, 0, directory.resolve("export-0"));
    Path incremental = export(chain, 1, directory.resolve("export-1"));

    ImportReport report =
        importBackup(incremental, Optional.of(full.resolve("backup_manifest").toString()), true);

    assertThat(report.parent())
        .hasValueSatisfying(p -> assertThat(p).isInstanceOf(Parent.Manifest.class));
    Path target = directory.resolve("restored");
    new Restorer(Clock.systemUTC())
        .restore(
            RestoreOptions.of(archive, target)
                .backup(report.backup().text())
                .base(full)
                .sync(false)
                .walCheck(false),
            remarks);
    requireState(chain.states().get(1), target);
  }

  /** A full of a table of ten pages, then an incremental of which only the table's file is made. */
  private Path incremental(List<Integer> blocks, int truncation, ForkKey key, ClusterModel state)
      throws IOException {
    SyntheticArchive backups = new SyntheticArchive(directory.resolve("archive"));
    SyntheticArchive.Draft full = backups.full(state);
    full.version = PgVersion.V17;
    String id = backups.take(full).id().text();
    SyntheticArchive.Draft draft =
        backups.incremental(
            new BackupCatalog(backups.archive()).find(new BackupId(id)).orElseThrow(), state);
    draft.version = PgVersion.V17;
    draft.forks.put(key, SyntheticArchive.ForkPlan.changed());
    RandomChain chain =
        new RandomChain(
            backups,
            List.of(),
            List.of(
                new BackupCatalog(backups.archive()).find(new BackupId(id)).orElseThrow(),
                backups.take(draft)));
    importBackup(export(chain, 0, directory.resolve("full")));
    Path target = export(chain, 1, directory.resolve("incremental"));
    String path = key.locator().path(PgVersion.V17, key.fork(), 0);
    int name = path.lastIndexOf('/') + 1;
    Path file = target.resolve(path.substring(0, name) + "INCREMENTAL." + path.substring(name));
    Files.write(file, incrementalFile(blocks, truncation));
    seal(target, draft.start, draft.stop);
    return target;
  }

  private static byte[] incrementalFile(List<Integer> blocks, int truncation) {
    int header = blocks.isEmpty() ? 12 : 8192;
    ByteBuffer file =
        ByteBuffer.allocate(header + 8192 * blocks.size()).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0xD3AE1F0D).putInt(blocks.size()).putInt(truncation);
    blocks.forEach(file::putInt);
    for (int i = 0; i < blocks.size(); i++) {
      file.put(header + 8192 * i, ClusterModel.page(new Random(blocks.get(i)), blocks.get(i)));
    }
    return file.array();
  }

  /** A manifest of what is there. */
  private static void seal(Path target, Lsn start, Lsn stop, String... more) throws IOException {
    List<Path> files = new ArrayList<>(Stream.of(more).map(target::resolve).toList());
    try (Stream<Path> all = Files.walk(target)) {
      all.filter(Files::isRegularFile)
          .filter(file -> !file.endsWith("backup_manifest"))
          .filter(file -> !target.relativize(file).startsWith("pg_wal"))
          .forEach(files::add);
    }
    try (OutputStream out = Files.newOutputStream(target.resolve("backup_manifest"))) {
      BackupManifestWriter manifest =
          new BackupManifestWriter(out, PgVersion.V17, SyntheticArchive.SYSTEM);
      for (Path file : files) {
        FileDigest digest = new FileDigest(ChecksumAlgorithm.SHA256);
        digest.update(ByteBuffer.wrap(Files.readAllBytes(file)));
        manifest.add(
            target.relativize(file).toString(), Files.size(file), Instant.EPOCH, digest.finish());
      }
      manifest.finish(List.of(new WalRange(new TimelineId(1), start, stop)));
    }
  }

  private static ClusterModel tenPages() {
    ClusterModel state = ClusterModel.create();
    state.put("PG_VERSION", "17\n");
    state.files().put("global/pg_control", ControlFiles.of(PgVersion.V17, 9));
    state.createFork(TABLE, 10, new Random(1));
    return state;
  }

  @Test
  void blocksThatNobodyHasAreZeros() throws IOException {
    ClusterModel state = tenPages();
    Path source = incremental(List.of(2, 8, 14), 12, TABLE, state);

    byte[] table =
        Files.readAllBytes(restore(importBackup(source).backup()).resolve("base/5/16384"));

    assertThat(table).hasSize(15 * 8192);
    byte[] old = state.bytes(TABLE);
    byte[] zeros = new byte[8192];
    for (int block = 0; block < 15; block++) {
      byte[] expected =
          block < 10 ? Arrays.copyOfRange(old, block * 8192, (block + 1) * 8192) : zeros;
      if (block == 2 || block == 8 || block == 14) {
        expected = ClusterModel.page(new Random(block), block);
      }
      assertThat(Arrays.copyOfRange(table, block * 8192, (block + 1) * 8192))
          .as("block %d", block)
          .isEqualTo(expected);
    }
  }

  @Test
  void blocksAboveTheTruncationLengthAreNotTheParents() throws IOException {
    ClusterModel state = tenPages();
    Path source = incremental(List.of(9), 3, TABLE, state);

    byte[] table =
        Files.readAllBytes(restore(importBackup(source).backup()).resolve("base/5/16384"));

    assertThat(Arrays.copyOf(table, 3 * 8192))
        .isEqualTo(Arrays.copyOf(state.bytes(TABLE), 3 * 8192));
    assertThat(Arrays.copyOfRange(table, 3 * 8192, 9 * 8192)).isEqualTo(new byte[6 * 8192]);
    assertThat(Arrays.copyOfRange(table, 9 * 8192, 10 * 8192))
        .isEqualTo(ClusterModel.page(new Random(9), 9));
  }

  @Test
  void aListOutOfOrderIsDamage() throws IOException {
    Path source = incremental(List.of(3, 3), 10, TABLE, tenPages());

    assertThatThrownBy(() -> importBackup(source))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("file \"base/5/INCREMENTAL.16384\"")
        .hasMessageEndingWith("lists block 3 out of order");
  }

  @Test
  void anIncrementalVisibilityMapIsWarnedOfOrLeftOut() throws IOException {
    ClusterModel state = tenPages();
    state.createFork(MAP, 2, new Random(2));
    Path source = incremental(List.of(1), 2, MAP, state);

    BackupId with = importBackup(source).backup();
    assertThat(remarks.warnings()).anyMatch(line -> line.startsWith("visibility maps come from"));
    BackupId without = importBackup(source, Optional.empty(), false).backup();

    assertThat(restore(with).resolve("base/5/16384_vm")).hasSize(2 * 8192);
    Path restored = restore(without);
    assertThat(restored.resolve("base/5/16384_vm")).doesNotExist();
    assertThat(restored.resolve("base/5/16384")).exists();
  }

  @Test
  void aFileThatTheManifestListsTwiceIsRefused() throws IOException {
    Path source = oneFull();
    Path manifest = source.resolve("backup_manifest");
    List<String> lines = new ArrayList<>(Files.readAllLines(manifest));
    int entry = 0;
    while (!lines.get(entry).contains("\"PG_VERSION\"")) {
      entry++;
    }
    lines.add(entry, lines.get(entry).endsWith(",") ? lines.get(entry) : lines.get(entry) + ",");
    String text = String.join("\n", lines.subList(0, lines.size() - 1)) + "\n";
    FileDigest digest = new FileDigest(ChecksumAlgorithm.SHA256);
    digest.update(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    Files.writeString(
        manifest, text + "\"Manifest-Checksum\": \"" + digest.finish().hex() + "\"}\n");

    assertThatThrownBy(() -> importBackup(source))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.detail()).contains("file \"PG_VERSION\" is in the manifest twice"));
  }

  private Path oneFull() throws IOException {
    RandomChain chain =
        RandomChain.make(directory.resolve("archive"), 1, new Random(3), PgVersion.V17);
    return export(chain, 0, directory.resolve("export"));
  }

  /** Else it would be looked for segment by segment, millions of them. */
  @Test
  @Timeout(20)
  void aRangeOfWalWithoutEndIsRefusedAtItsFirstSegment() throws IOException {
    Path source = oneFull();
    PathUtils.cleanDirectory(source.resolve("pg_wal"));
    Files.delete(source.resolve("backup_manifest"));
    Lsn start = start(source);
    seal(source, start, Lsn.parse("FFFFFFF0/0"));

    assertThatThrownBy(() -> importBackup(source, Optional.empty(), true, true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is neither in the archive nor whole in the backup");
    assertThat(importBackup(source).walSegments()).isZero();
  }

  private static Lsn start(Path source) throws IOException {
    return BackupLabel.parse(Files.readString(source.resolve("backup_label"))).startLsn();
  }

  @Test
  void noWalOfAnotherClusterAndNoLaterHistoryGetsIntoTheArchive() throws IOException {
    Path source = oneFull();
    Path wal = source.resolve("pg_wal");
    PathUtils.cleanDirectory(wal);
    Files.write(wal.resolve("000000010000000000000001"), new byte[1 << 20]);
    Files.writeString(wal.resolve("00000009.history"), "1\t0/3000000\tno reason\n");
    Lsn start = start(source);
    Files.delete(source.resolve("backup_manifest"));
    seal(source, new Lsn(0x28), start.plus(0x100));

    assertThatThrownBy(() -> importBackup(source, Optional.empty(), true, true))
        .isInstanceOf(RefusedException.class);
    importBackup(source);

    assertThat(archive.list())
        .noneMatch(name -> name.endsWith(".history") || name.startsWith("0000"));
  }

  @Test
  void noSymbolicLinkOfADirectoryIsFollowed() throws IOException {
    Path source = oneFull();
    Path elsewhere = Files.move(source.resolve("pg_xact"), directory.resolve("elsewhere"));
    Files.createSymbolicLink(source.resolve("pg_xact"), elsewhere);

    assertThatThrownBy(() -> importBackup(source))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e ->
                assertThat(e.detail().orElseThrow())
                    .contains("\"pg_xact/0000\" lies behind symbolic link \"pg_xact\""));
  }

  @Test
  void ofATablespaceOnlyTheServersDirectoryIsRead() throws IOException {
    Path source = oneFull();
    Path secrets = Files.createDirectory(directory.resolve("secrets"));
    Files.writeString(secrets.resolve("password"), "secret");
    Files.createDirectories(source.resolve("pg_tblspc"));
    Files.createSymbolicLink(source.resolve("pg_tblspc/16500"), secrets);
    Lsn start = start(source);
    Files.delete(source.resolve("backup_manifest"));
    seal(source, start, start.plus(0x100), "pg_tblspc/16500/password");

    assertThatThrownBy(() -> importBackup(source))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e ->
                assertThat(e.detail().orElseThrow())
                    .contains("\"pg_tblspc/16500/password\" is not in directory \"PG_17_"));
  }
}
