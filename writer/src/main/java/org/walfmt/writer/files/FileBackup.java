package org.walfmt.writer.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.PgVersion;
import org.walfmt.WalFormatException;
import org.walfmt.block.RelFileLocator;
import org.walfmt.control.FilenodeMap;
import org.walfmt.series.PathEntry;
import org.walfmt.series.SeriesWriter;
import org.walfmt.writer.changes.ParentBackup;
import org.walfmt.writer.scan.RateLimit;
import org.walfmt.writer.source.PathWalk;

/**
 * Writes the contents of files that are no relation's into the series and keeps their inventory
 * entries. A file is opened once and read to its end, since a server replaces such files by rename.
 * What the parent has with the same length and SHA-256 is noted as unchanged.
 */
public final class FileBackup implements PathWalk.Visitor {
  private static final int BUFFER_SIZE = 1 << 20;
  private static final Pattern MAP_OF_DATABASE =
      Pattern.compile("(?:base|pg_tblspc/([0-9]{1,10})/[^/]+)/([0-9]{1,10})/[^/]+");
  private static final int MAP_READS = 100;
  private static final long MAP_PAUSE_MILLIS = 10;

  private final SeriesWriter series;
  private final EntrySpool entries;
  private final Optional<ParentBackup.KnownFiles> parent;
  private final Map<String, String> identities;
  private final PgVersion version;
  private final RateLimit rate;
  private final DatabaseCatalog catalog;
  private final Consumer<String> warnings;
  private final MessageDigest digest;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private long bytesRead;

  /**
   * Takes the files of one backup.
   *
   * @param parent empty for a full backup
   * @param identities of databases' directories, by path
   * @param catalog asked whose a damaged relation map is
   * @param warnings hears of such a map that is nobody's
   */
  public FileBackup(
      SeriesWriter series,
      EntrySpool entries,
      Optional<ParentBackup.KnownFiles> parent,
      Map<String, String> identities,
      PgVersion version,
      RateLimit rate,
      DatabaseCatalog catalog,
      Consumer<String> warnings) {
    this.series = series;
    this.entries = entries;
    this.parent = parent;
    this.identities = identities;
    this.version = version;
    this.rate = rate;
    this.catalog = catalog;
    this.warnings = warnings;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void directory(String path, int mode) throws IOException {
    entries.add(new PathEntry.Directory(path, mode, Optional.ofNullable(identities.get(path))));
  }

  @Override
  public void tablespace(String path, int mode, String target) throws IOException {
    entries.add(new PathEntry.Tablespace(path, mode, target));
  }

  @Override
  public void file(String path, Path file, int mode) throws IOException {
    Set<OpenOption> options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    try (FileChannel channel = FileChannel.open(file, options)) {
      if (path.endsWith("/" + FilenodeMap.NAME)) {
        loadMap(channel, path, file);
      } else {
        load(channel, path);
      }
      if (buffer.hasRemaining() || atEnd(channel)) {
        small(path, mode);
      } else {
        large(path, mode, channel);
      }
    } catch (NoSuchFileException e) {
      return; // removed meanwhile: not in the backup
    }
  }

  /** Writes a file whose contents are at hand. */
  public void contents(String path, int mode, byte[] bytes) throws IOException {
    series.startFile(path);
    series.fileBytes(ByteBuffer.wrap(bytes));
    digest.update(bytes);
    entries.add(new PathEntry.RegularFile(path, mode, bytes.length, hash(), false));
    bytesRead += bytes.length;
  }

  private void load(FileChannel channel, String path) throws IOException {
    buffer.clear();
    try {
      int count = 0;
      while (buffer.hasRemaining() && count >= 0) {
        count = channel.read(buffer);
      }
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException("could not read file \"" + path + "\": " + e.getMessage(), e);
    }
    rate.take(buffer.position());
    bytesRead += buffer.position();
  }

  private static boolean atEnd(FileChannel channel) throws IOException {
    return channel.position() >= channel.size();
  }

  /**
   * 13 to 15 write the map in place, and CREATE DATABASE copies it into a new directory: what is
   * read meanwhile has a wrong checksum, or is too short, and stays so if the directory is removed
   * or the server crashes. In a directory that is no database's it is taken as it is, as {@code
   * basebackup.c} takes every map: if the database is being made, replay makes the directory anew.
   */
  private void loadMap(FileChannel channel, String path, Path file) throws IOException {
    WalFormatException failure = null;
    for (int i = 0; i < MAP_READS; i++) {
      channel.position(0);
      load(channel, path);
      try {
        int length = buffer.position();
        FilenodeMap.check(buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).flip(), version, path);
        buffer.position(length);
        return;
      } catch (WalFormatException e) {
        failure = e;
        pause();
      }
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new NoSuchFileException(path);
      }
    }
    WalFormatException damage = Objects.requireNonNull(failure);
    if (!isOfNoDatabase(path)) {
      throw damage;
    }
    warnings.accept(
        damage.getMessage() + ": taken as it is, since the server has no such database");
  }

  private boolean isOfNoDatabase(String path) throws IOException {
    Matcher matcher = MAP_OF_DATABASE.matcher(path);
    if (!matcher.matches()) {
      return false;
    }
    String tablespace = matcher.group(1);
    return !catalog.has(
        Long.parseLong(matcher.group(2)),
        tablespace == null ? RelFileLocator.DEFAULT_TABLESPACE : Long.parseLong(tablespace));
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(MAP_PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a relation map");
    }
  }

  /** The buffer holds all of the file. */
  private void small(String path, int mode) throws IOException {
    buffer.flip();
    digest.update(buffer.duplicate());
    String sha256 = hash();
    boolean unchanged = isUnchanged(path, buffer.remaining(), sha256);
    int length = buffer.remaining();
    if (!unchanged) {
      series.startFile(path);
      series.fileBytes(buffer);
    }
    entries.add(new PathEntry.RegularFile(path, mode, length, sha256, unchanged));
  }

  /**
   * The buffer holds the beginning; whether it is unchanged takes a reading of its own. A file that
   * grows, such as a log, is cut at the length it had, or there might never be an end.
   */
  private void large(String path, int mode, FileChannel channel) throws IOException {
    long size = channel.size();
    Optional<ParentBackup.KnownFile> known = known(path);
    if (known.isPresent() && known.get().length() == size) {
      long length = hashAll(channel, size, path);
      String sha256 = hash();
      if (known.get().equals(new ParentBackup.KnownFile(length, sha256))) {
        entries.add(new PathEntry.RegularFile(path, mode, length, sha256, true));
        return;
      }
      channel.position(0);
      load(channel, path);
    }
    series.startFile(path);
    long length = 0;
    while (buffer.position() > 0 && length < size) {
      buffer.flip().limit((int) Math.min(buffer.limit(), size - length));
      length += buffer.remaining();
      digest.update(buffer.duplicate());
      series.fileBytes(buffer);
      load(channel, path);
    }
    entries.add(new PathEntry.RegularFile(path, mode, length, hash(), false));
  }

  /** Hashes to the end, or to somewhere after {@code size}. */
  private long hashAll(FileChannel channel, long size, String path) throws IOException {
    long length = 0;
    while (buffer.position() > 0 && length <= size) {
      buffer.flip();
      length += buffer.remaining();
      digest.update(buffer);
      load(channel, path);
    }
    return length;
  }

  private Optional<ParentBackup.KnownFile> known(String path) throws IOException {
    return parent.isPresent() ? parent.get().find(path) : Optional.empty();
  }

  private boolean isUnchanged(String path, long length, String sha256) throws IOException {
    return known(path).equals(Optional.of(new ParentBackup.KnownFile(length, sha256)));
  }

  private String hash() {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Bytes of files read. */
  public long bytesRead() {
    return bytesRead;
  }
}
