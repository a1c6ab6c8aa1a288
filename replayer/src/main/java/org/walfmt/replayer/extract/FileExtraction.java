package org.walfmt.replayer.extract;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.TablespaceMap;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.base.BaseContents;
import org.walfmt.replayer.plan.ChainWalk;
import org.walfmt.series.LabelNote;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.PathOrder;
import org.walfmt.series.RecordKind;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;
import org.walfmt.series.SeriesIndex;

/**
 * Takes one file out of a chain that is no relation's, from the nearest member that has its
 * contents (rule MERGE-4).
 */
public final class FileExtraction {
  private static final int BUFFER_SIZE = 64 << 10;
  private static final int CHUNK_SIZE = 1 << 20;

  private final ChainWalk chain;
  private final String path;
  private final Monitor monitor;

  /** Of the backup that {@code chain} begins with. */
  public FileExtraction(ChainWalk chain, String path, Monitor monitor) {
    this.chain = chain;
    this.path = path;
    this.monitor = monitor;
  }

  /** Hands the file to the sink; the sink's end is not told before the contents are proven. */
  public void copy(ExtractSink sink) throws IOException {
    Optional<String> label = label(chain.newest().label());
    if (label.isPresent()) {
      sink.startFile(0);
      sink.bytes(ByteBuffer.wrap(label.get().getBytes(StandardCharsets.UTF_8)));
      return;
    }
    PathEntry.RegularFile file = find(chain.newest());
    if (file == null) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "backup " + chain.newest().id() + " does not have file \"" + path + "\"",
          "its inventory lists no file of that path",
          "");
    }
    String newer = "backup " + chain.newest().id();
    Series series = chain.newest();
    PathEntry.RegularFile here = file;
    while (here.unchanged()) {
      Optional<Series> older = chain.older();
      if (older.isEmpty()) {
        copyFromBase(newer, file, sink);
        return;
      }
      String description = "backup " + older.get().id();
      PathEntry.RegularFile found = find(older.get());
      if (found == null || found.length() != file.length()) {
        throw lacks(newer, description);
      }
      newer = description;
      series = older.get();
      here = found;
    }
    copyFrom(series, file, sink);
  }

  private Optional<String> label(LabelNote note) {
    if (path.equals(BackupLabel.NAME)) {
      return Optional.of(note.backupLabel());
    }
    return path.equals(TablespaceMap.NAME) && !note.tablespaceMap().isEmpty()
        ? Optional.of(note.tablespaceMap())
        : Optional.empty();
  }

  private PathEntry.@Nullable RegularFile find(Series series) throws IOException {
    try (PathInventory inventory = new PathInventory(series, BUFFER_SIZE)) {
      for (PathEntry each = inventory.next(); each != null; each = inventory.next()) {
        int order = PathOrder.compareFiles(each.path(), path);
        if (order >= 0) {
          return order == 0 && each instanceof PathEntry.RegularFile file ? file : null;
        }
      }
      return null;
    }
  }

  private CorruptWalException lacks(String newer, String older) {
    return new CorruptWalException(
        newer
            + " has file \""
            + path
            + "\" unchanged from "
            + older
            + ", which has none of this length");
  }

  private void copyFrom(Series series, PathEntry.RegularFile file, ExtractSink sink)
      throws IOException {
    Optional<SeriesCursor> found = new SeriesIndex(series, BUFFER_SIZE).file(path);
    if (found.isEmpty()) {
      throw new CorruptWalException(
          "backup " + series.id() + " does not have the contents of file \"" + path + "\"");
    }
    try (SeriesCursor cursor = found.get()) {
      Proof proof = new Proof("backup " + series.id(), file, sink);
      cursor.next();
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_SIZE);
      while (cursor.kind() == RecordKind.CHUNK) {
        cursor.copyPayload(chunk.clear());
        proof.add(chunk.flip());
        if (!proof.wantsMore()) {
          break;
        }
        cursor.next();
      }
      proof.finish();
    }
  }

  private void copyFromBase(String newer, PathEntry.RegularFile file, ExtractSink sink)
      throws IOException {
    Optional<BaseBackup> base = chain.base();
    if (base.isEmpty()) {
      throw new CorruptWalException(
          newer + " begins the chain, but has file \"" + path + "\" without contents");
    }
    Optional<BaseContents> found = base.get().contents(path);
    if (found.isEmpty() || found.get().length() != file.length()) {
      throw lacks(newer, base.get().description());
    }
    try (BaseContents contents = found.get()) {
      Proof proof = new Proof(base.get().description(), file, sink);
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_SIZE);
      while (contents.read(chunk.clear())) {
        proof.add(chunk.flip());
      }
      proof.finish();
    }
  }

  /** Compares what streams by with the inventory. */
  private final class Proof {
    private final String member;
    private final PathEntry.RegularFile file;
    private final ExtractSink sink;
    private final MessageDigest digest;
    private long length;

    Proof(String member, PathEntry.RegularFile file, ExtractSink sink) throws IOException {
      this.member = member;
      this.file = file;
      this.sink = sink;
      try {
        this.digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
      monitor.phase("extract", file.length());
      sink.startFile(0);
    }

    void add(ByteBuffer bytes) throws IOException {
      length += bytes.remaining();
      digest.update(bytes.duplicate());
      monitor.advance(bytes.remaining());
      sink.bytes(bytes);
    }

    /** Not so after the last byte: then nothing more of the series needs to be read. */
    boolean wantsMore() {
      return length < file.length();
    }

    void finish() throws CorruptWalException {
      String sha256 = HexFormat.of().formatHex(digest.digest());
      if (length != file.length() || !sha256.equals(file.sha256())) {
        throw new CorruptWalException(
            "file \""
                + path
                + "\" has "
                + length
                + " bytes with SHA-256 "
                + sha256
                + " in "
                + member
                + ", expected "
                + file.length()
                + " bytes with "
                + file.sha256());
      }
    }
  }
}
