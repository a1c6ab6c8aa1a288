package org.walfmt.replayer.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.walfmt.PgVersion;
import org.walfmt.control.BackupLabel;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.manifest.BackupManifestWriter;
import org.walfmt.manifest.FileChecksum;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.datadir.FileSink;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.PathEntry;

/**
 * Writes a native backup as one tar, as {@code pg_basebackup} does to standard output: the manifest
 * is its last member. The manifest waits in a temporary file, since a tar names lengths first.
 */
public final class TarSink implements FileSink, Closeable {
  private static final Set<String> SIGNALS = Set.of("recovery.signal", "standby.signal");

  private final TarStream tar;
  private final OutputStream out;
  private final Instant time;
  private final Path manifestFile;
  private final OutputStream manifestOut;
  private final BackupManifestWriter manifest;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer buffer =
      ByteBuffer.allocate(MergeSink.CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private String path = "";
  private int controlMode = 0600;
  private boolean skipping;
  private long length;

  /**
   * A tar on {@code out}, which is not closed.
   *
   * @param time of all files
   */
  public TarSink(OutputStream out, PgVersion version, long systemIdentifier, Instant time)
      throws IOException {
    this.out = out;
    this.tar = new TarStream(out, time);
    this.time = time;
    this.manifestFile = Files.createTempFile("walfmt", "." + BackupManifestReader.NAME);
    try {
      manifestOut = Files.newOutputStream(manifestFile);
      manifest = new BackupManifestWriter(manifestOut, version, systemIdentifier);
    } catch (IOException e) {
      Files.delete(manifestFile);
      throw e;
    }
  }

  @Override
  public void directory(PathEntry.Directory directory) throws IOException {
    if (!directory.path().equals(PathEntry.ROOT)) {
      tar.directory(directory.path(), directory.mode());
    }
  }

  @Override
  public void tablespace(PathEntry.Tablespace tablespace) {
    throw new IllegalStateException("tablespace in a tar");
  }

  @Override
  public ByteBuffer take() {
    return buffer.clear();
  }

  @Override
  public void startFile(String name, int mode, long size) throws IOException {
    path = name;
    skipping = false;
    length = size;
    crc.reset();
    tar.file(name, mode, size);
  }

  @Override
  public void startFile(PathEntry.RegularFile file) throws IOException {
    if (file.path().equals(PathEntry.CONTROL_FILE)) {
      controlMode = file.mode();
    }
    if (SIGNALS.contains(file.path())) {
      skipping = true;
    } else {
      startFile(file.path(), file.mode(), file.length());
    }
  }

  @Override
  public void bytes(ByteBuffer contents) throws IOException {
    if (!skipping) {
      crc.update(contents.duplicate());
      tar.bytes(contents);
    }
  }

  @Override
  public void endFile() throws IOException {
    if (skipping) {
      return;
    }
    tar.endFile();
    if (!path.startsWith(OrdinaryWal.DIRECTORY)) {
      manifest.add(path, length, time, FileChecksum.ofCrc32c(crc.getValue()));
    }
  }

  /** Ends the tar with the label and the manifest. */
  public void finish(String backupLabel, List<WalRange> walRanges) throws IOException {
    byte[] label = backupLabel.getBytes(UTF_8);
    startFile(BackupLabel.NAME, controlMode, label.length);
    bytes(ByteBuffer.wrap(label));
    endFile();
    manifest.finish(walRanges);
    manifestOut.close();
    tar.file(BackupManifestReader.NAME, controlMode, Files.size(manifestFile));
    try (InputStream in = new BufferedInputStream(Files.newInputStream(manifestFile))) {
      byte[] piece = new byte[64 << 10];
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        tar.bytes(ByteBuffer.wrap(piece, 0, count));
      }
    }
    tar.endFile();
    tar.finish();
    out.flush();
  }

  @Override
  public void close() throws IOException {
    manifestOut.close();
    Files.deleteIfExists(manifestFile);
  }
}
