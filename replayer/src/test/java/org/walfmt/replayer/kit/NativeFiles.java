package org.walfmt.replayer.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Combines one file of a chain of native backups, as {@code pg_combinebackup} does. */
public final class NativeFiles {
  private static final int PAGE_SIZE = 8192;
  private static final int MAGIC = 0xD3AE1F0D;

  private NativeFiles() {}

  /**
   * The contents of a file in the newest backup.
   *
   * @param backups oldest first
   */
  public static byte[] combine(List<Path> backups, String path) throws IOException {
    Path newest = backups.get(backups.size() - 1);
    if (Files.exists(newest.resolve(path))) {
      return Files.readAllBytes(newest.resolve(path));
    }
    ByteBuffer header = incremental(newest, path);
    int truncation = header.getInt(8);
    int length = truncation;
    for (int i = 0; i < header.getInt(4); i++) {
      length = Math.max(length, header.getInt(12 + 4 * i) + 1);
    }
    byte[] combined = new byte[length * PAGE_SIZE];
    boolean[] known = new boolean[length];
    take(header, length, combined, known);
    for (int i = backups.size() - 2; i >= 0; i--) {
      Path whole = backups.get(i).resolve(path);
      if (Files.exists(whole)) {
        byte[] pages = Files.readAllBytes(whole);
        for (int block = 0; block < Math.min(pages.length / PAGE_SIZE, truncation); block++) {
          put(ByteBuffer.wrap(pages), block * PAGE_SIZE, block, combined, known);
        }
        return combined;
      }
      take(incremental(backups.get(i), path), truncation, combined, known);
    }
    throw new IOException("no backup has " + path + " whole");
  }

  private static ByteBuffer incremental(Path backup, String path) throws IOException {
    int name = path.lastIndexOf('/') + 1;
    Path file = backup.resolve(path.substring(0, name) + "INCREMENTAL." + path.substring(name));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getInt(0) != MAGIC) {
      throw new IOException("magic of " + file);
    }
    return bytes;
  }

  private static void take(ByteBuffer file, int limit, byte[] combined, boolean[] known) {
    int count = file.getInt(4);
    int first = (12 + 4 * count + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    for (int i = 0; i < count; i++) {
      int block = file.getInt(12 + 4 * i);
      if (block < limit) {
        put(file, first + i * PAGE_SIZE, block, combined, known);
      }
    }
  }

  private static void put(ByteBuffer from, int at, int block, byte[] combined, boolean[] known) {
    if (!known[block]) {
      known[block] = true;
      from.get(at, combined, block * PAGE_SIZE, PAGE_SIZE);
    }
  }
}
