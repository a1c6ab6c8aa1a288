package org.walfmt.replayer.kit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageChecksum;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelFileLocator;
import org.walfmt.series.PathOrder;

/** A data directory in plain maps: the oracle of the restore tests. */
public final class ClusterModel {
  /** A fork of a relation. */
  public record ForkKey(RelFileLocator locator, ForkNumber fork) implements Comparable<ForkKey> {
    private static final Comparator<ForkKey> ORDER =
        Comparator.comparing(ForkKey::locator).thenComparing(ForkKey::fork);

    @Override
    public int compareTo(ForkKey other) {
      return ORDER.compare(this, other);
    }

    /** In the default tablespace. */
    public static ForkKey of(long database, long relation, ForkNumber fork) {
      return new ForkKey(new RelFileLocator(1663, database, relation), fork);
    }
  }

  private final Map<ForkKey, List<byte[]>> forks = new TreeMap<>();
  private final Map<String, byte[]> files = new TreeMap<>(PathOrder.COMPARATOR);
  private final List<String> directories = new ArrayList<>();
  private final Map<String, String> tablespaces = new TreeMap<>();

  /** A cluster with the files that every cluster has. */
  public static ClusterModel create() {
    ClusterModel model = new ClusterModel();
    model.directories.addAll(
        List.of(
            "base",
            "base/5",
            "global",
            "pg_logical",
            "pg_replslot",
            "pg_tblspc",
            "pg_wal",
            "pg_xact"));
    model.put("PG_VERSION", "15\n");
    model.put("base/5/PG_VERSION", "15\n");
    model.put("postgresql.conf", "port = 5433\n");
    model.put("postgresql.auto.conf", "# Do not edit\nwork_mem = '5MB'\nrestore_command = 'old'\n");
    model.put("pg_xact/0000", "x".repeat(8192));
    model.put("global/pg_control", "c".repeat(8192));
    return model;
  }

  /** A copy that can be changed on its own. */
  public ClusterModel copy() {
    ClusterModel copy = new ClusterModel();
    forks.forEach((key, pages) -> copy.forks.put(key, new ArrayList<>(pages)));
    copy.files.putAll(files);
    copy.directories.addAll(directories);
    copy.tablespaces.putAll(tablespaces);
    return copy;
  }

  /** Sets a file's contents. */
  public void put(String path, String contents) {
    files.put(path, contents.getBytes(StandardCharsets.UTF_8));
  }

  public Map<ForkKey, List<byte[]>> forks() {
    return forks;
  }

  public Map<String, byte[]> files() {
    return files;
  }

  /** All but the data directory itself. */
  public List<String> directories() {
    return directories;
  }

  /** Targets by path. */
  public Map<String, String> tablespaces() {
    return tablespaces;
  }

  /** Adds a tablespace with the directory of database 5. */
  public void addTablespace(long oid, String target, PgVersion version) {
    String link = "pg_tblspc/" + oid;
    tablespaces.put(link, target);
    directories.add(link + "/" + version.tablespaceVersionDirectory());
    directories.add(link + "/" + version.tablespaceVersionDirectory() + "/5");
  }

  /** The bytes of the fork. */
  public byte[] bytes(ForkKey key) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    forks.getOrDefault(key, List.of()).forEach(out::writeBytes);
    return out.toByteArray();
  }

  /** Makes a fork of that many random pages. */
  public void createFork(ForkKey key, int blocks, Random random) {
    List<byte[]> pages = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      pages.add(page(random, i));
    }
    forks.put(key, pages);
  }

  /** A random page with header and checksum, sometimes an all-zero one. */
  public static byte[] page(Random random, long block) {
    byte[] bytes = new byte[8192];
    if (random.nextInt(10) == 0) {
      return bytes;
    }
    ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int lower = 24 + random.nextInt(1000);
    int upper = 4000 + random.nextInt(4000);
    for (int i = 24; i < 8192; i++) {
      if (i < lower || i >= upper) {
        bytes[i] = (byte) random.nextInt();
      }
    }
    page.putInt(4, 0x1000 + random.nextInt(0x1000));
    page.putShort(12, (short) lower);
    page.putShort(14, (short) upper);
    page.putShort(16, (short) 8192);
    page.putShort(18, (short) 0x2004);
    page.putShort(8, (short) new PageChecksum().compute(page, 0, block));
    if (PageHeader.isNew(page, 0)) {
      throw new IllegalStateException();
    }
    return bytes;
  }
}
