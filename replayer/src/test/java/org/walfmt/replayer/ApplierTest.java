package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.PgVersion;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.kit.Applying;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.ControlDraft;
import org.walfmt.replayer.kit.FailingEdits;
import org.walfmt.replayer.kit.RandomChain;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.replayer.kit.Tree;
import org.walfmt.series.CommitFile;

/** What an apply makes of random chains is what a restore makes of them. */
class ApplierTest {
  @TempDir Path directory;
  private final Remarks remarks = new Remarks();

  static LongStream seeds() {
    return LongStream.range(0, 10);
  }

  private static ApplyOptions options(
      DirectoryArchive archive, Path target, CommitFile.Summary to) {
    return ApplyOptions.of(archive, target).backup(to.id().text()).sync(false);
  }

  private ApplyReport apply(RandomChain chain, Path target, CommitFile.Summary to)
      throws IOException {
    return new Applier().apply(options(chain.archive().archive(), target, to), remarks);
  }

  private RandomChain chain(Random random, int members) throws IOException {
    return RandomChain.make(directory.resolve("archive"), members, random);
  }

  /** In whatever state pages are that changed since, in files that grew, shrank or are gone. */
  private static void spoil(Path target, ClusterModel from, ClusterModel to, Random random)
      throws IOException {
    for (Map.Entry<ForkKey, List<byte[]>> fork : from.forks().entrySet()) {
      ForkKey key = fork.getKey();
      Path file = target.resolve(key.locator().path(PgVersion.V15, key.fork(), 0));
      List<byte[]> after = to.forks().get(key);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        for (int block = 0; block < fork.getValue().size(); block++) {
          boolean changed =
              after == null
                  || block >= after.size()
                  || after.get(block) != fork.getValue().get(block);
          if (changed && random.nextBoolean()) {
            channel.write(ByteBuffer.wrap(ClusterModel.page(random, block)), block * 8192L);
          }
        }
        int what = random.nextInt(6);
        if (what == 0) {
          channel.write(ByteBuffer.allocate(8192 * 3), fork.getValue().size() * 8192L);
        } else if (what == 1) {
          channel.truncate(channel.size() / 8192 / 2 * 8192);
        }
      }
      if (random.nextInt(8) == 0) {
        Files.delete(file);
      }
    }
  }

  private static void litter(Path target) throws IOException {
    Applying.put(target, "base/5/99999", "a table that replay will make again");
    Applying.put(target, "base/5/16384.1", "a segment file too many");
    Applying.put(target, "base/5/16384_init", "x");
    Applying.put(target, "base/5/t3_16384", "a temporary table");
    Applying.put(target, "base/5/pg_internal.init", "x");
    Applying.put(target, "base/77/PG_VERSION", "15\n");
    Applying.put(target, "base/77/1259", "x");
    Applying.put(target, "base/pgsql_tmp/pgsql_tmp1.0", "x");
    Applying.put(target, "pg_xact/0001", "x");
    Applying.put(target, "pg_twophase/00000001", "x");
    Applying.put(target, "pg_wal/000000010000000000000001", "x");
    Applying.put(target, "pg_wal/archive_status/000000010000000000000001.done", "");
    Applying.put(target, "tablespace_map.old", "x");
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void makesOfAnyOlderRestoreWhatARestoreMakes(long seed) throws IOException {
    Random random = new Random(seed);
    RandomChain chain = chain(random, 6);
    Applying applying = new Applying(chain.archive());
    for (int from = 0; from < 5; from += 1 + random.nextInt(2)) {
      int to = from + 1 + random.nextInt(5 - from);
      CommitFile.Summary before = chain.commits().get(from);
      CommitFile.Summary after = chain.commits().get(to);
      Path place = directory.resolve("target-" + from);
      Path target =
          random.nextBoolean() ? applying.restored(before, place) : applying.standby(before, place);
      spoil(target, chain.states().get(from), chain.states().get(to), random);
      litter(target);

      ApplyReport report = apply(chain, target, after);

      assertThat(report.members()).hasSize(to - from);
      assertThat(report.fromLsn()).isEqualTo(before.startLsn());
      applying.mustBe(after, target, directory);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void isFinishedByAnotherRunWhereverItIsKilled(long seed) throws IOException {
    Random random = new Random(seed);
    RandomChain chain = chain(random, 4);
    Applying applying = new Applying(chain.archive());
    int to = 2 + random.nextInt(2);
    CommitFile.Summary after = chain.commits().get(to);
    Path target = applying.standby(chain.commits().get(0), directory.resolve("target"));
    spoil(target, chain.states().get(0), chain.states().get(to), random);
    litter(target);
    int allowed = 0;
    boolean killed = true;
    while (killed) {
      int limit = allowed;
      ApplyOptions options = options(chain.archive().archive(), target, after);
      try {
        new Applier(edits -> new FailingEdits(edits, limit)).apply(options, remarks);
        killed = false;
      } catch (IOException e) {
        assertThat(e).hasMessage("killed");
      }
      allowed += 1 + random.nextInt(3);
    }
    assertThat(allowed).isGreaterThan(10);
    applying.mustBe(after, target, directory);
  }

  @Test
  void isFinishedByAnotherRunAfterEachSingleChange() throws IOException {
    Random random = new Random(7);
    RandomChain chain = chain(random, 3);
    Applying applying = new Applying(chain.archive());
    CommitFile.Summary after = chain.commits().get(2);
    boolean killed = true;
    Set<Boolean> controls = new HashSet<>();
    for (int allowed = 0; killed; allowed++) {
      int limit = allowed;
      Path target = applying.standby(chain.commits().get(0), directory.resolve("at-" + allowed));
      spoil(target, chain.states().get(0), chain.states().get(2), new Random(allowed));
      litter(target);
      Map<String, String> before = Tree.of(target);
      try {
        new Applier(edits -> new FailingEdits(edits, limit))
            .apply(options(chain.archive().archive(), target, after), remarks);
        killed = false;
      } catch (IOException e) {
        assertThat(e).hasMessage("killed");
        boolean startable = Files.exists(target.resolve("global/pg_control"));
        controls.add(startable);
        if (startable && Files.exists(target.resolve("backup_label.old"))) {
          Map<String, String> now = Tree.of(target);
          now.keySet().removeIf(path -> path.startsWith("walfmt_apply"));
          assertThat(now).isEqualTo(before);
        }
        apply(chain, target, after);
      }
      applying.mustBe(after, target, directory);
    }
    assertThat(controls).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void anotherRunMayGoFurther() throws IOException {
    RandomChain chain = chain(new Random(11), 5);
    Applying applying = new Applying(chain.archive());
    Path target = applying.standby(chain.commits().get(1), directory.resolve("target"));
    for (int to = 2; to < 5; to++) {
      ApplyOptions options = options(chain.archive().archive(), target, chain.commits().get(to));
      int limit = 8 + to;
      assertThatThrownBy(
              () -> new Applier(edits -> new FailingEdits(edits, limit)).apply(options, remarks))
          .hasMessage("killed");
    }
    assertThatThrownBy(() -> apply(chain, target, chain.commits().get(3)))
        .hasMessage("the data directory is newer than backup " + chain.commits().get(3).id());
    ApplyReport report = apply(chain, target, chain.commits().get(4));
    assertThat(report.resumed()).isTrue();
    assertThat(report.members()).hasSize(3);
    applying.mustBe(chain.commits().get(4), target, directory);
  }

  @Test
  void aRestoreThatIsNeverStartedIsKeptUpToDateByOneApplyAfterTheOther() throws IOException {
    RandomChain chain = chain(new Random(3), 6);
    Applying applying = new Applying(chain.archive());
    Path target = applying.restored(chain.commits().get(0), directory.resolve("target"));
    for (CommitFile.Summary next : chain.commits().subList(1, 6)) {
      assertThat(apply(chain, target, next).members()).containsExactly(next.id());
      applying.mustBe(next, target, directory);
    }
    Map<String, String> before = Tree.of(target);
    assertThat(apply(chain, target, chain.commits().get(5)).members()).isEmpty();
    assertThat(Tree.of(target)).isEqualTo(before);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aDryRunTouchesNothingAndTellsWhatWouldChange(long seed) throws IOException {
    Random random = new Random(seed);
    RandomChain chain = chain(random, 3);
    Applying applying = new Applying(chain.archive());
    Path target = applying.standby(chain.commits().get(0), directory.resolve("target"));
    spoil(target, chain.states().get(0), chain.states().get(2), random);
    litter(target);
    Map<String, String> before = Tree.of(target);
    ApplyOptions options = options(chain.archive().archive(), target, chain.commits().get(2));

    ApplyReport dry = new Applier().apply(options.dryRun(true), remarks);

    assertThat(Tree.of(target)).isEqualTo(before);
    ApplyReport real = new Applier().apply(options, remarks);
    assertThat(dry.dryRun()).isTrue();
    assertThat(dry.members()).isEqualTo(real.members());
    assertThat(dry.blocks()).isEqualTo(real.blocks());
    assertThat(dry.files()).isEqualTo(real.files());
    assertThat(dry.bytes()).isEqualTo(real.bytes());
    assertThat(dry.removed()).isEqualTo(real.removed());
    assertThat(dry.fetched()).isEqualTo(real.fetched());
  }

  @Test
  void writesOnlyWhatDiffers() throws IOException {
    SyntheticArchive backups = new SyntheticArchive(directory.resolve("archive"));
    ClusterModel cluster = ClusterModel.create();
    ForkKey table = ForkKey.of(5, 16384, ForkNumber.MAIN);
    ForkKey map = ForkKey.of(5, 16384, ForkNumber.VM);
    cluster.createFork(table, 300, new Random(1));
    cluster.createFork(map, 2, new Random(2));
    CommitFile.Summary full = backups.takeFull(cluster);
    ClusterModel after = cluster.copy();
    List<byte[]> pages = Objects.requireNonNull(after.forks().get(table));
    pages.set(7, ClusterModel.page(new Random(4), 7));
    pages.set(299, ClusterModel.page(new Random(5), 299));
    Draft draft = backups.incremental(full, after);
    draft.forks.put(table, ForkPlan.changed(7, 8, 299));
    CommitFile.Summary next = backups.take(draft);
    Path target = new Applying(backups).restored(full, directory.resolve("target"));

    ApplyReport report = new Applier().apply(options(backups.archive(), target, next), remarks);

    assertThat(report.blocks()).isEqualTo(2);
    assertThat(report.fetched()).isZero();
    new Applying(backups).mustBe(next, target, directory);
  }

  /** Its own heap pages may lack marks that a map from elsewhere would name (rule CHANGE-3). */
  @Test
  void withoutChecksumsItTakesAndKeepsNoVisibilityMaps() throws IOException {
    SyntheticArchive backups = new SyntheticArchive(directory.resolve("archive"));
    ClusterModel cluster = ClusterModel.create();
    ForkKey map = ForkKey.of(5, 16384, ForkNumber.VM);
    cluster.createFork(ForkKey.of(5, 16384, ForkNumber.MAIN), 3, new Random(1));
    cluster.createFork(ForkKey.of(5, 16384, ForkNumber.FSM), 3, new Random(1));
    cluster.createFork(map, 2, new Random(2));
    Draft whole = backups.full(cluster);
    whole.checksums = false;
    CommitFile.Summary full = backups.take(whole);
    Draft draft = backups.incremental(full, cluster.copy());
    draft.checksums = false;
    CommitFile.Summary next = backups.take(draft);
    Path target = new Applying(backups).restored(full, directory.resolve("target"));
    ControlDraft control = new ControlDraft();
    control.redo = full.startLsn();
    control.checksums = false;
    control.write(target);
    Path file = target.resolve("base/5/16384_vm");
    assertThat(file).exists();

    new Applier().apply(options(backups.archive(), target, next), remarks);

    assertThat(file).doesNotExist();
    assertThat(target.resolve("base/5/16384_fsm")).exists();
    assertThat(remarks.warnings())
        .contains(
            "visibility maps are left out, since data checksums are off: VACUUM makes them anew");
  }

  @Test
  void keepsWhatIsTheTargetsOwn() throws IOException {
    RandomChain chain = chain(new Random(5), 2);
    Path target =
        new Applying(chain.archive()).standby(chain.commits().get(0), directory.resolve("target"));
    Applying.put(target, "postgresql.conf", "mine");
    Applying.put(target, "postgresql.auto.conf", "mine, too");
    Applying.put(target, "conf.d/more.conf", "more");
    Applying.put(target, "log/postgresql.log", "LOG:");
    Applying.put(target, "current_logfiles", "stderr log/postgresql.log");
    Applying.put(target, "server.key", "secret");
    Applying.put(target, "pg_replslot/downstream/state", "slot");
    Applying.put(target, "pg_wal/0000000100000002000000FF", "received, and in no archive");
    Applying.put(target, "pg_wal/000000010000000000000009", "not yet archived");
    Applying.put(target, "pg_wal/archive_status/000000010000000000000009.ready", "");
    Applying.put(target, "pg_wal/00000002.history", "1\t9/0\tx\n");
    Map<String, String> before = Tree.of(target);

    apply(chain, target, chain.commits().get(1));

    Map<String, String> now = Tree.of(target);
    for (String path :
        List.of(
            "postgresql.conf",
            "postgresql.auto.conf",
            "standby.signal",
            "conf.d/more.conf",
            "log/postgresql.log",
            "current_logfiles",
            "server.key",
            "pg_replslot/downstream/state",
            "pg_wal/0000000100000002000000FF",
            "pg_wal/000000010000000000000009",
            "pg_wal/archive_status/000000010000000000000009.ready",
            "pg_wal/00000002.history")) {
      assertThat(now).as(path).containsEntry(path, before.get(path));
    }
    assertThat(now).doesNotContainKeys("postmaster.opts", "backup_label.old", "walfmt_apply.json");
    assertThat(remarks.warnings())
        .anyMatch(line -> line.startsWith("no restore_command is in postgresql.conf"))
        .anyMatch(line -> line.endsWith("not there any more: downstream"));
  }

  @Test
  void replacesTheConfigurationIfItIsAskedTo() throws IOException {
    RandomChain chain = chain(new Random(6), 2);
    Path target =
        new Applying(chain.archive()).standby(chain.commits().get(0), directory.resolve("target"));
    Applying.put(target, "postgresql.conf", "mine");

    new Applier()
        .apply(
            options(chain.archive().archive(), target, chain.commits().get(1))
                .replaceConfiguration(RecoverySettings.archive()),
            remarks);

    Restored.of(target).requireSame(withSignal(chain.states().get(1)), PgVersion.V15);
    assertThat(Files.readString(target.resolve("postgresql.auto.conf")))
        .contains("restore_command = 'cp \"" + chain.archive().directory().toRealPath());
  }

  private static ClusterModel withSignal(ClusterModel model) {
    ClusterModel copy = model.copy();
    copy.put("standby.signal", "");
    return copy;
  }
}
