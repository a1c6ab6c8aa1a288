package org.walfmt.replayer.kit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * A full backup and incrementals of random changes: truncations, drops, numbers used again, whole
 * forks, limits, records more than needed, unchanged files.
 *
 * @param states what each backup holds, the full one first
 */
public record RandomChain(
    SyntheticArchive archive, List<ClusterModel> states, List<CommitFile.Summary> commits) {
  private static final int RELATIONS = 8;

  /** Makes a chain of so many backups. */
  public static RandomChain make(Path directory, int members, Random random) throws IOException {
    return make(directory, members, random, PgVersion.V15);
  }

  /** The same, of a server of this version. */
  public static RandomChain make(Path directory, int members, Random random, PgVersion version)
      throws IOException {
    SyntheticArchive backups = new SyntheticArchive(directory);
    ClusterModel cluster = ClusterModel.create();
    cluster.put("PG_VERSION", version + "\n");
    cluster.files().put("global/pg_control", ControlFiles.of(version, 0));
    for (int i = 0; i < RELATIONS; i++) {
      cluster.createFork(key(i), random.nextInt(150), random);
    }
    List<ClusterModel> states = new ArrayList<>(List.of(cluster));
    List<CommitFile.Summary> commits = new ArrayList<>();
    Draft full = backups.full(cluster);
    full.version = version;
    commits.add(backups.take(full));
    for (int i = 1; i < members; i++) {
      ClusterModel before = states.get(i - 1);
      ClusterModel after = before.copy();
      Draft draft = backups.incremental(commits.get(i - 1), after);
      draft.version = version;
      draft.compression = List.of(ImageCompression.values()).get(random.nextInt(4));
      change(before, after, draft, random);
      after.put("PG_VERSION", version + "\n");
      after.files().put("global/pg_control", ControlFiles.of(version, i));
      states.add(after);
      commits.add(backups.take(draft));
    }
    return new RandomChain(backups, states, commits);
  }

  /** A backup in the archive. */
  public CommitFile.Summary commit(BackupId id) throws IOException {
    return new BackupCatalog(archive.archive()).find(id).orElseThrow();
  }

  private static ForkKey key(int i) {
    return ForkKey.of(5, 16384 + i / 2, i % 2 == 0 ? ForkNumber.MAIN : ForkNumber.FSM);
  }

  private static void change(ClusterModel before, ClusterModel after, Draft draft, Random random) {
    for (int i = 0; i < RELATIONS; i++) {
      ForkKey key = key(i);
      List<byte[]> pages = after.forks().get(key);
      int what = random.nextInt(6);
      if (pages == null || what == 0) {
        createOrDrop(after, key, random);
      } else if (what == 1) {
        draft.forks.put(key, truncatedAndExtended(pages, random));
      } else if (what == 2) {
        draft.forks.put(key, ForkPlan.changed());
      } else {
        draft.forks.put(key, someChanged(pages, random));
      }
    }
    for (Map.Entry<String, byte[]> file : before.files().entrySet()) {
      String path = file.getKey();
      if (random.nextBoolean() || path.equals("global/pg_control")) {
        after.put(path, path + random.nextInt());
      } else if (random.nextInt(3) > 0) {
        draft.unchanged.add(path);
      }
    }
    String extra = "pg_logical/file" + random.nextInt(5);
    if (after.files().remove(extra) == null) {
      after.put(extra, "e".repeat(random.nextInt(5_000_000)));
    }
    draft.unchanged.remove(extra);
  }

  private static void createOrDrop(ClusterModel after, ForkKey key, Random random) {
    if (after.forks().remove(key) == null || random.nextBoolean()) {
      after.createFork(key, random.nextInt(150), random);
    }
  }

  private static ForkPlan someChanged(List<byte[]> pages, Random random) {
    TreeSet<Integer> blocks = new TreeSet<>();
    int length = pages.size();
    for (int n = random.nextInt(30); n > 0 && length > 0; n--) {
      blocks.add(random.nextInt(length));
    }
    for (int n = random.nextInt(3) * random.nextInt(50); n > 0; n--) {
      blocks.add(pages.size());
      pages.add(new byte[0]);
    }
    for (int block : blocks) {
      pages.set(block, ClusterModel.page(random, block));
    }
    if (length > 0 && random.nextBoolean()) {
      blocks.add(random.nextInt(length));
    }
    return new ForkPlan(new ArrayList<>(blocks), true, OptionalLong.empty());
  }

  /** Everything from the lowest length on is new, even where the old file had pages. */
  private static ForkPlan truncatedAndExtended(List<byte[]> pages, Random random) {
    int lowest = pages.isEmpty() ? 0 : random.nextInt(pages.size());
    int length = lowest + random.nextInt(80);
    pages.subList(lowest, pages.size()).clear();
    TreeSet<Integer> blocks = new TreeSet<>();
    for (int block = lowest; block < length; block++) {
      pages.add(ClusterModel.page(random, block));
      blocks.add(block);
    }
    return new ForkPlan(new ArrayList<>(blocks), true, OptionalLong.of(lowest));
  }
}
