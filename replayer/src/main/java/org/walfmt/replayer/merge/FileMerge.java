package org.walfmt.replayer.merge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathOrder;

/**
 * The part of a merge that is about other files than relations': the newest member says which there
 * are; contents that it calls unchanged come from the nearest older member that has them. Length
 * and SHA-256 of all contents are checked while they stream by.
 */
final class FileMerge {
  private final List<MergeMember> members;
  private final boolean isPart;
  private final MergeSink sink;
  private final MessageDigest digest;

  /**
   * @param isPart whether contents may be left to members before these
   */
  FileMerge(List<MergeMember> members, boolean isPart, MergeSink sink) {
    this.members = members;
    this.isPart = isPart;
    this.sink = sink;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  void run() throws IOException {
    for (MergeMember member : members) {
      member.nextPath();
    }
    MergeMember newest = members.get(0);
    for (PathEntry path = newest.path(); path != null; path = newest.nextPath()) {
      for (MergeMember older : members.subList(1, members.size())) {
        follow(older, path);
      }
      if (path instanceof PathEntry.RegularFile file) {
        MergeMember source = source(file);
        if (source == null) {
          sink.unchangedFile(file);
        } else {
          copy(source, file);
        }
      }
    }
  }

  private static void follow(MergeMember older, PathEntry path) throws IOException {
    PathEntry entry = older.path();
    while (entry != null && PathOrder.compare(entry, path) < 0) {
      entry = older.nextPath();
    }
  }

  private @Nullable MergeMember source(PathEntry.RegularFile file) throws CorruptWalException {
    MergeMember newer = members.get(0);
    if (newer.hasContents()) {
      return newer;
    }
    for (MergeMember member : members.subList(1, members.size())) {
      if (!(member.path() instanceof PathEntry.RegularFile older)
          || !older.path().equals(file.path())
          || older.length() != file.length()) {
        throw new CorruptWalException(
            newer.description()
                + " has file \""
                + file.path()
                + "\" unchanged from "
                + member.description()
                + ", which has none of this length");
      }
      if (member.hasContents()) {
        return member;
      }
      newer = member;
    }
    if (isPart) {
      return null;
    }
    throw new CorruptWalException(
        newer.description()
            + " begins the chain, but has file \""
            + file.path()
            + "\" without contents");
  }

  private void copy(MergeMember member, PathEntry.RegularFile file) throws IOException {
    sink.startFile(file);
    digest.reset();
    long length = 0;
    ByteBuffer chunk = sink.take();
    while (member.readContents(chunk)) {
      chunk.flip();
      length += chunk.limit();
      requireLength(length <= file.length(), length, member, file);
      digest.update(chunk.duplicate());
      sink.bytes(chunk);
      chunk = sink.take();
    }
    sink.bytes(chunk.flip());
    requireLength(length == file.length(), length, member, file);
    String sha256 = HexFormat.of().formatHex(digest.digest());
    if (!sha256.equals(file.sha256())) {
      throw new CorruptWalException(
          "file \""
              + file.path()
              + "\" has SHA-256 "
              + sha256
              + " in "
              + member.description()
              + ", expected "
              + file.sha256());
    }
    sink.endFile();
  }

  private static void requireLength(
      boolean holds, long length, MergeMember member, PathEntry.RegularFile file)
      throws CorruptWalException {
    if (!holds) {
      throw new CorruptWalException(
          "file \""
              + file.path()
              + "\" has "
              + length
              + " bytes"
              + (length > file.length() ? " or more" : "")
              + " in "
              + member.description()
              + ", expected "
              + file.length());
    }
  }
}
