package org.walfmt.tests.nativebackup;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.tests.kit.Cluster;

/**
 * Takes the server's own backups, as {@code pg_basebackup --wal-method=fetch} does, of which only
 * the one for the machine's 15 is at hand: a plain directory with the WAL that it needs.
 *
 * <p>A tablespace becomes a directory beside the backup's, see {@link TablespacePlaces}.
 */
public final class NativeBackups {
  private static final String OPTIONS =
      "LABEL 'native', CHECKPOINT 'fast', WAL true, WAIT false, MANIFEST 'yes'";

  private NativeBackups() {}

  /** A full backup of a server of 15 or later, into a directory that does not exist; returns it. */
  public static Path full(Cluster cluster, Path directory) throws IOException {
    try (ReplicationClient client = ReplicationClient.connect(cluster.port(), "postgres")) {
      receive(client, "BASE_BACKUP (" + OPTIONS + ")", directory);
    }
    return directory;
  }

  /**
   * An incremental backup of a server of 17 or later with {@code summarize_wal}, into a directory
   * that does not exist; returns it. The server itself waits for its summarizer.
   *
   * @param manifest {@code backup_manifest} of the full or incremental backup to build on
   */
  public static Path incremental(Cluster cluster, Path manifest, Path directory)
      throws IOException {
    try (ReplicationClient client = ReplicationClient.connect(cluster.port(), "postgres");
        InputStream in = Files.newInputStream(manifest)) {
      client.copyIn("UPLOAD_MANIFEST", in);
      receive(client, "BASE_BACKUP (" + OPTIONS + ", INCREMENTAL)", directory);
    }
    return directory;
  }

  /** The manifest of a backup taken here. */
  public static Path manifest(Path backup) {
    return backup.resolve(BackupManifestReader.NAME);
  }

  private static void receive(ReplicationClient client, String command, Path directory)
      throws IOException {
    TarDirectory target = TarDirectory.create(directory);
    BackupStream stream = BackupStream.start(client, command);
    for (Optional<BackupStream.Part> next = stream.next(); next.isPresent(); next = stream.next()) {
      BackupStream.Part part = next.get();
      if (part.name().isPresent()) {
        target.extract(part.name().get(), new BufferedInputStream(part.contents()));
      } else {
        Files.copy(part.contents(), manifest(directory));
      }
    }
  }
}
