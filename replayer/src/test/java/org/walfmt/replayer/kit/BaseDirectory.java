package org.walfmt.replayer.kit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TimelineId;
import org.walfmt.manifest.BackupManifestWriter;
import org.walfmt.manifest.ChecksumAlgorithm;
import org.walfmt.manifest.FileChecksum;
import org.walfmt.manifest.FileDigest;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;

/** A plain base backup of a model, as {@code pg_basebackup} would leave it. */
public final class BaseDirectory {
  private final Path directory;
  private final Map<String, byte[]> files = new TreeMap<>();
  private final Lsn start;
  private final Lsn stop;
  private ChecksumAlgorithm algorithm = ChecksumAlgorithm.CRC32C;

  public BaseDirectory(Path directory, ClusterModel model, Lsn start, Lsn stop, String label) {
    this.directory = directory;
    this.start = start;
    this.stop = stop;
    for (ForkKey key : model.forks().keySet()) {
      files.put(key.locator().path(PgVersion.V15, key.fork(), 0), model.bytes(key));
    }
    files.putAll(model.files());
    files.put("backup_label", label.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    files.put("global/pg_control", ControlFiles.of(PgVersion.V15, 0));
  }

  public BaseDirectory checksums(ChecksumAlgorithm kind) {
    algorithm = kind;
    return this;
  }

  public Map<String, byte[]> files() {
    return files;
  }

  /**
   * Writes the files and the manifest.
   *
   * @return SHA-256 of the manifest
   */
  public String write() throws IOException {
    files.forEach(this::writeFile);
    Files.createDirectories(directory.resolve("pg_wal"));
    Path manifest = directory.resolve("backup_manifest");
    try (OutputStream out = Files.newOutputStream(manifest)) {
      BackupManifestWriter writer =
          new BackupManifestWriter(out, PgVersion.V15, SyntheticArchive.SYSTEM);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        FileDigest digest = new FileDigest(algorithm);
        digest.update(ByteBuffer.wrap(file.getValue()));
        FileChecksum checksum = digest.finish();
        writer.add(file.getKey(), file.getValue().length, Instant.EPOCH, checksum);
      }
      writer.finish(List.of(new WalRange(new TimelineId(1), start, stop)));
    }
    return SyntheticArchive.sha256(Files.readAllBytes(manifest));
  }

  private void writeFile(String path, byte[] contents) {
    try {
      Path file = directory.resolve(path);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.write(file, contents);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes a byte of a file, its length stays. */
  public void damage(String path) throws IOException {
    Path file = directory.resolve(path);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }
}
