package org.walfmt.replayer.imports;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelFileLocator;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.TablespaceMap;
import org.walfmt.image.ImageCompression;
import org.walfmt.manifest.ManifestFile;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.base.BaseContents;
import org.walfmt.replayer.base.NativeFork;
import org.walfmt.replayer.verify.PageVerdict;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.LabelNote;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathOrder;
import org.walfmt.series.SeriesWriter;

/**
 * Writes the contents of a native backup into a series. What its incremental files do not list
 * stays the parent's, all else is in the series.
 *
 * <p>Memory grows by 8 bytes for each fork and an entry for each other file.
 */
public final class SeriesOfNative {
  private static final int MAX_TOLD = 100;
  private static final int MAX_MAP = 1 << 20;

  private final BaseBackup backup;
  private final ImportParent parent;
  private final boolean visibilityMaps;
  private final ImageCompression compression;
  private final Monitor monitor;
  private final PgVersion version;
  private final PageVerdict verdict;
  private final ByteBuffer record =
      ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
  private final List<Long> lengths = new ArrayList<>();
  private final BitSet taken = new BitSet();
  private final BitSet deltas = new BitSet();
  private boolean warnedOfMaps;
  private long damaged;

  /**
   * The contents of {@code backup}.
   *
   * @param visibilityMaps whether they are taken
   */
  public SeriesOfNative(
      BaseBackup backup,
      ImportParent parent,
      boolean visibilityMaps,
      ImageCompression compression,
      Monitor monitor) {
    this.backup = backup;
    this.parent = parent;
    this.visibilityMaps = visibilityMaps;
    this.compression = compression;
    this.monitor = monitor;
    this.version = backup.control().version();
    this.verdict =
        new PageVerdict(backup.control().dataChecksums(), backup.startLsn(), backup.stopLsn());
  }

  /** Pages whose checksum or LSN is wrong, and that replay will not write anew. */
  public long damaged() {
    return damaged;
  }

  /** Writes everything up to the label. */
  public void write(SeriesWriter out) throws IOException {
    monitor.phase("import", backup.bytes());
    try (BlockRecordEncoder encoder = new BlockRecordEncoder(version, compression)) {
      for (NativeFork fork : backup.forks()) {
        fork(fork, encoder, out);
      }
    }
    List<PathEntry> paths = files(out);
    inventory(out);
    Map<String, String> targets = tablespaceTargets();
    paths.addAll(DirectoryTree.read(backup.directory(), targets, version));
    paths.sort(PathOrder::compare);
    for (PathEntry path : paths) {
      out.path(path);
    }
    out.label(new LabelNote(backup.label().withoutIncremental().toString(), tablespaceMap(paths)));
  }

  /** A visibility map that is not taken, or whose parent has none, VACUUM makes anew. */
  private boolean isTaken(NativeFork fork, long parentBlocks) {
    return fork.fork() != ForkNumber.VM
        || (visibilityMaps && !(fork.hasIncrementalFile() && parentBlocks < 0));
  }

  private void fork(NativeFork fork, BlockRecordEncoder encoder, SeriesWriter out)
      throws IOException {
    long parentBlocks = parent.blocks(fork.locator(), fork.fork());
    if (isTaken(fork, parentBlocks)) {
      taken.set(lengths.size());
      blocks(fork, parentBlocks, encoder, out);
    }
    deltas.set(lengths.size(), fork.delta());
    lengths.add(fork.blocks());
  }

  private void blocks(
      NativeFork fork, long parentBlocks, BlockRecordEncoder encoder, SeriesWriter out)
      throws IOException {
    requireParent(fork, parentBlocks);
    RelFileLocator locator = fork.locator();
    int space = (int) locator.tablespace();
    int database = (int) locator.database();
    int relation = (int) locator.relation();
    int number = fork.fork().number();
    fork.read(
        Math.max(0, parentBlocks),
        (block, buffer, at) -> {
          judge(fork, block, buffer, at);
          int length =
              encoder.encode(buffer, at, space, database, relation, number, (int) block, record, 0);
          out.block(
              record,
              0,
              length,
              space,
              database,
              relation,
              number,
              (int) block,
              encoder.imageLength());
          monitor.advance(PageHeader.PAGE_SIZE);
        });
    if (fork.delta() && fork.fork() == ForkNumber.VM && !warnedOfMaps) {
      warnedOfMaps = true;
      monitor.warning(
          "visibility maps come from WAL summaries, in which servers before 17.11 and 18.6 miss"
              + " cleared bits; without them (--no-visibility-maps) VACUUM makes them anew");
    }
  }

  private void requireParent(NativeFork fork, long parentBlocks) throws CorruptWalException {
    if (parentBlocks < 0 && fork.hasIncrementalFile()) {
      throw new CorruptWalException(
          backup.description()
              + " wants blocks of file \""
              + fork.locator().path(version, fork.fork(), 0)
              + "\" from "
              + parent.description()
              + ", which does not have that file");
    }
  }

  private void judge(NativeFork fork, long block, ByteBuffer buffer, int at) {
    Optional<String> damage = verdict.judge(buffer, at, block);
    if (damage.isPresent() && damaged++ < MAX_TOLD) {
      monitor.warning(
          "file \""
              + fork.locator().path(version, fork.fork(), 0)
              + "\" block "
              + block
              + ": "
              + damage.get());
    }
  }

  /** Writes the contents of other files; returns their entries. */
  private List<PathEntry> files(SeriesWriter out) throws IOException {
    List<PathEntry> entries = new ArrayList<>();
    ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
    for (ManifestFile file : backup.otherFiles()) {
      String path = file.path();
      if (path.equals(BackupLabel.NAME) || path.equals(TablespaceMap.NAME)) {
        continue;
      }
      MessageDigest digest = sha256();
      long length = 0;
      out.startFile(path);
      try (BaseContents contents = backup.contents(file)) {
        while (contents.read(chunk.clear())) {
          chunk.flip();
          length += chunk.remaining();
          monitor.advance(chunk.remaining());
          digest.update(chunk.duplicate());
          out.fileBytes(chunk);
        }
      }
      entries.add(
          new PathEntry.RegularFile(
              path,
              BaseBackup.mode(backup.directory().resolve(path)),
              length,
              HexFormat.of().formatHex(digest.digest()),
              false));
    }
    return entries;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void inventory(SeriesWriter out) throws IOException {
    int i = 0;
    for (NativeFork fork : backup.forks()) {
      if (taken.get(i)) {
        long blocks = lengths.get(i);
        out.fork(
            new ForkEntry(
                fork.locator(),
                fork.fork(),
                blocks,
                Math.max(fork.files(), ForkEntry.filesFor(blocks)),
                BaseBackup.mode(backup.directory().resolve(fork.path())),
                deltas.get(i),
                OptionalLong.empty()));
      }
      i++;
    }
  }

  /** Of a backup in tars, whose directories for tablespaces are temporary ones. */
  private Map<String, String> tablespaceTargets() throws IOException {
    Map<String, String> targets = new HashMap<>();
    Optional<BaseContents> opened = backup.contents(TablespaceMap.NAME);
    if (opened.isPresent()) {
      ByteBuffer text = ByteBuffer.allocate(MAX_MAP);
      try (BaseContents contents = opened.get()) {
        if (contents.length() > MAX_MAP) {
          throw new CorruptWalException(
              "file \"" + TablespaceMap.NAME + "\" has " + contents.length() + " bytes");
        }
        while (contents.read(text)) {
          // as much as there is, the last read proves it
        }
      }
      String map = StandardCharsets.UTF_8.decode(text.flip()).toString();
      for (TablespaceMap.Tablespace each : TablespaceMap.parse(map, version).tablespaces()) {
        targets.put("pg_tblspc/" + each.oid(), each.path());
      }
    }
    return targets;
  }

  private String tablespaceMap(List<PathEntry> paths) {
    List<TablespaceMap.Tablespace> tablespaces = new ArrayList<>();
    for (PathEntry path : paths) {
      if (path instanceof PathEntry.Tablespace tablespace) {
        String oid = path.path().substring(path.path().lastIndexOf('/') + 1);
        tablespaces.add(new TablespaceMap.Tablespace(Long.parseLong(oid), tablespace.target()));
      }
    }
    return new TablespaceMap(tablespaces).format(version);
  }
}
