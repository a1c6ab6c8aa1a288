package org.walfmt.replayer.base;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.UnsupportedWalException;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.manifest.ManifestFile;
import org.walfmt.manifest.ManifestSummary;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.merge.MergeMember;
import org.walfmt.series.BeginNote;
import org.walfmt.series.PathOrder;

/**
 * A plain base backup that was never started, known by its {@code backup_manifest}. Opening it
 * reads the manifest, the label and the control file and looks at the length of every file; their
 * contents are checked against the manifest when they stream by.
 */
public final class BaseBackup {
  private static final String HINT =
      "Take the backup as pg_basebackup left it; one that a server ran on cannot serve any more.";

  private static final String WAL = "pg_wal/";
  private static final String SETTINGS = "postgresql.auto.conf";
  private static final int MAX_LABEL = 64 << 10;

  private final Path directory;
  private final boolean isNative;
  private final PgVersion version;
  private final RelationTable relations = new RelationTable();
  private final List<ManifestFile> others = new ArrayList<>();
  private final ManifestSummary summary;
  private final BackupLabel label;
  private final ControlFile control;

  /**
   * @param sha256 that the manifest must have; empty for a native backup of any kind
   */
  private BaseBackup(Path directory, Optional<String> sha256, PgVersion version)
      throws IOException {
    this.directory = directory;
    this.version = version;
    this.isNative = sha256.isEmpty();
    this.summary = readManifest();
    if (sha256.isPresent() && !summary.sha256().equals(sha256.get())) {
      throw new RefusedException(
          Reason.MISMATCH,
          description() + " is not the one that the chain builds on",
          "its backup_manifest has SHA-256 " + summary.sha256() + ", expected " + sha256.get(),
          "");
    }
    relations.sort();
    others.sort((a, b) -> PathOrder.compareFiles(a.path(), b.path()));
    this.label = readLabel();
    checkSizes();
    this.control = ControlFile.read(readSmall(ControlFile.PATH, ControlFile.LENGTH));
    if (summary.systemIdentifier().isPresent()
        && summary.systemIdentifier().getAsLong() != control.systemIdentifier()) {
      throw changed(ControlFile.PATH, "has another system identifier than the manifest");
    }
  }

  /**
   * Opens a base backup.
   *
   * @param sha256 of the manifest that it must have, in hex
   * @param child the series that builds on it
   * @throws RefusedException if it is not that base, or was changed since
   */
  public static BaseBackup open(Path directory, String sha256, BeginNote child) throws IOException {
    return new BaseBackup(directory, Optional.of(sha256), child.version());
  }

  /**
   * Opens a backup that PostgreSQL took, to become a series: full, or incremental, whose relations
   * may have incremental files.
   *
   * @throws RefusedException if it is not as its manifest says
   */
  public static BaseBackup openNative(Path directory) throws IOException {
    return new BaseBackup(directory, Optional.empty(), versionOf(directory));
  }

  private static PgVersion versionOf(Path directory) throws IOException {
    Path file = directory.resolve("PG_VERSION");
    String text = Files.exists(file) ? Files.readString(file).strip() : "";
    if (!text.matches("[0-9]{1,4}")) {
      throw new RefusedException(
          Reason.MISMATCH,
          "\"" + directory + "\" is no backup of PostgreSQL",
          "it has no PG_VERSION",
          "Give the directory that pg_basebackup wrote, or its base.tar.");
    }
    return PgVersion.ofMajor(Integer.parseInt(text))
        .orElseThrow(
            () ->
                new RefusedException(
                    Reason.UNSUPPORTED, "\"" + directory + "\" is of PostgreSQL " + text));
  }

  private ManifestSummary readManifest() throws IOException {
    Path manifest = directory.resolve(BackupManifestReader.NAME);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(manifest))) {
      return isNative
          ? BackupManifestReader.readNative(in, this::add)
          : BackupManifestReader.read(in, this::add);
    } catch (NoSuchFileException e) {
      RefusedException refusal =
          new RefusedException(
              Reason.INCOMPLETE,
              "\"" + directory + "\" has no " + BackupManifestReader.NAME,
              "",
              "Give the directory that pg_basebackup wrote.");
      refusal.initCause(e);
      throw refusal;
    }
  }

  private void add(ManifestFile file) throws IOException {
    Optional<RelationFile> relation = RelationFile.parse(wholePath(file), version);
    if (relation.isPresent()) {
      relations.add(relation.get(), file);
    } else if (file.isIncremental()) {
      throw new UnsupportedWalException(
          description() + " has file \"" + file.path() + "\", which is no relation's");
    } else if (isNative && file.path().equals(SETTINGS)) {
      addSettings(file);
    } else if (!file.path().startsWith(WAL)) {
      others.add(file);
    }
  }

  private static String wholePath(ManifestFile file) {
    String path = file.path();
    int name = path.lastIndexOf('/') + 1;
    return file.isIncremental()
        ? path.substring(0, name) + path.substring(name + ManifestFile.INCREMENTAL.length())
        : path;
  }

  /** {@code pg_basebackup -R} changes it after the server listed it: pg_verifybackup looks away. */
  private void addSettings(ManifestFile file) throws IOException {
    Path settings = place(SETTINGS);
    if (Files.isRegularFile(settings, LinkOption.NOFOLLOW_LINKS)) {
      long size = Files.size(settings);
      others.add(size == file.size() ? file : new ManifestFile(SETTINGS, size, Optional.empty()));
    }
  }

  private BackupLabel readLabel() throws IOException {
    Path file = directory.resolve(BackupLabel.NAME);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      boolean started = Files.exists(directory.resolve(BackupLabel.NAME + ".old"));
      throw new RefusedException(
          started ? Reason.MISMATCH : Reason.INCOMPLETE,
          description() + (started ? " was started once" : " has no " + BackupLabel.NAME),
          started ? "its backup_label has become backup_label.old" : "",
          HINT);
    }
    ManifestFile entry =
        others.stream()
            .filter(each -> each.path().equals(BackupLabel.NAME))
            .findFirst()
            .orElseThrow(() -> changed(BackupLabel.NAME, "is not in the manifest"));
    ByteBuffer bytes = readSmall(BackupLabel.NAME, MAX_LABEL);
    BaseFile.check(entry.path(), entry.checksum(), bytes.duplicate(), this);
    return BackupLabel.parse(StandardCharsets.UTF_8.decode(bytes).toString());
  }

  private void checkSizes() throws IOException {
    BaseDirectories directories = new BaseDirectories(this, version);
    String before = "";
    for (ManifestFile file : others) {
      if (file.path().equals(before)) {
        throw changed(before, "is in the manifest twice");
      }
      before = file.path();
      directories.check(before);
      checkSize(before, file.size());
    }
    for (int row = 0; row < relations.rows(); row++) {
      if (row > 0 && relations.compare(row - 1, row) == 0) {
        throw changed(relations.path(row, version), "is in the manifest twice");
      }
      directories.check(relations.path(row, version));
      checkSize(relations.path(row, version), relations.size(row));
    }
  }

  private void checkSize(String path, long size) throws IOException {
    try {
      BasicFileAttributes found =
          Files.readAttributes(place(path), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!found.isRegularFile()) {
        throw changed(path, "is no regular file");
      }
      if (found.size() != size) {
        throw changed(path, "has " + found.size() + " bytes, expected " + size);
      }
    } catch (NoSuchFileException e) {
      RefusedException refusal = changed(path, "is missing");
      refusal.initCause(e);
      throw refusal;
    }
  }

  /** Reads a small file whole. */
  private ByteBuffer readSmall(String path, int most) throws IOException {
    try (InputStream in = Files.newInputStream(place(path), LinkOption.NOFOLLOW_LINKS)) {
      return ByteBuffer.wrap(in.readNBytes(most)).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  Path place(String path) {
    return directory.resolve(path);
  }

  RefusedException changed(String path, String fact) {
    return new RefusedException(
        Reason.MISMATCH,
        description() + " is not as its manifest says",
        "file \"" + path + "\" " + fact,
        HINT);
  }

  /** What messages call it. */
  public String description() {
    return "base backup \"" + directory + "\"";
  }

  /** The directory itself. */
  public Path directory() {
    return directory;
  }

  /** Its control file. */
  public ControlFile control() {
    return control;
  }

  /** Where the WAL begins that it needs. */
  public Lsn startLsn() {
    return label.startLsn();
  }

  /** Timeline of the start. */
  public TimelineId startTimeline() {
    return label.startTimeline();
  }

  private WalRange lastRange() {
    return summary.walRanges().get(0);
  }

  /** Where it becomes consistent. */
  public Lsn stopLsn() {
    return lastRange().end();
  }

  /** Timeline of the stop. */
  public TimelineId stopTimeline() {
    return lastRange().timeline();
  }

  /** A walk over its files, as the oldest member of a merge. */
  public MergeMember member() {
    return new BaseMember(this, version, relations, others);
  }

  /** The part of a fork from block {@code from} up to {@code to}; empty if the fork is not here. */
  public Optional<BaseBlocks> blocks(RelFileLocator locator, ForkNumber fork, long from, long to) {
    int first = relations.find(locator, fork);
    return first < 0
        ? Optional.empty()
        : Optional.of(new BaseBlocks(this, version, relations, first, from, to));
  }

  /** The contents of a file that is no relation's; empty if it is not here. */
  public Optional<BaseContents> contents(String path) throws IOException {
    for (ManifestFile file : others) {
      if (file.path().equals(path)) {
        return Optional.of(contents(file));
      }
    }
    return Optional.empty();
  }

  /** The contents of one of the {@link #otherFiles}. */
  public BaseContents contents(ManifestFile file) throws IOException {
    return new BaseContents(
        file.size(), BaseFile.open(this, file.path(), file.size(), file.checksum()));
  }

  /** Files that are no relation's, sorted, {@code pg_control} last. */
  public List<ManifestFile> otherFiles() {
    return others;
  }

  /** Bytes of all files. */
  public long bytes() {
    long bytes = others.stream().mapToLong(ManifestFile::size).sum();
    for (int row = 0; row < relations.rows(); row++) {
      bytes += relations.size(row);
    }
    return bytes;
  }

  /** The label. */
  public BackupLabel label() {
    return label;
  }

  /** The WAL that it needs, newest timeline first. */
  public List<WalRange> walRanges() {
    return summary.walRanges();
  }

  /** The forks of a native backup, sorted. They share a buffer: one is read after the other. */
  public Iterable<NativeFork> forks() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer zeros = ByteBuffer.allocateDirect(8192).order(ByteOrder.LITTLE_ENDIAN);
    return () ->
        new Iterator<>() {
          private int row;

          @Override
          public boolean hasNext() {
            return row < relations.rows();
          }

          @Override
          public NativeFork next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            int first = row;
            row = relations.forkEnd(first);
            return new NativeFork(BaseBackup.this, version, relations, first, buffer, zeros);
          }
        };
  }

  /** The permission bits of a file or directory. */
  public static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode") & 0777;
  }
}
