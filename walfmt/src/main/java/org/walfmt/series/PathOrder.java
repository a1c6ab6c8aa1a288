package org.walfmt.series;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The order of paths in a series: byte by byte in UTF-8, with {@code /} before every other byte, so
 * that a walk through sorted directories yields paths in order (rule SERIES-6).
 */
public final class PathOrder {
  /** Compares relative paths. */
  public static final Comparator<String> COMPARATOR = PathOrder::compare;

  private PathOrder() {}

  private static int compare(String a, String b) {
    return Arrays.compareUnsigned(key(a), key(b));
  }

  /** The order of inventory entries: the data directory first, the control file last. */
  public static int compare(PathEntry a, PathEntry b) {
    return compareFiles(a.path(), b.path());
  }

  /** The order of file notes: the control file last. */
  public static int compareFiles(String a, String b) {
    int order = Integer.compare(rank(a), rank(b));
    return order != 0 ? order : compare(a, b);
  }

  private static int rank(String path) {
    if (path.equals(PathEntry.ROOT)) {
      return 0;
    }
    return path.equals(PathEntry.CONTROL_FILE) ? 2 : 1;
  }

  private static byte[] key(String path) {
    return path.replace('/', '\0').getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Whether {@code path} may stand in an inventory: relative, its parts neither empty nor {@code .}
   * nor {@code ..}, without NUL (rule INVENTORY-3).
   */
  public static boolean isSafe(String path) {
    if (path.isEmpty() || path.indexOf('\0') >= 0) {
      return false;
    }
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return false;
      }
    }
    return true;
  }
}
