package org.walfmt.tests.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;

/**
 * Compares the relation files of two data directories, neither with a server on it.
 *
 * <p>Left out are temporary relations, all forks but the init fork of unlogged relations, and what
 * is no relation file. Under masks, an all-zero page is equal only to an all-zero page.
 */
public final class ClusterDiff {
  private final RelationFiles left;
  private final RelationFiles right;
  private final RelationKinds kinds;
  private final Options options;
  private final Report report = new Report();
  private final FileDiff fileDiff;

  private ClusterDiff(
      RelationFiles left,
      RelationFiles right,
      PgVersion version,
      RelationKinds kinds,
      Options options) {
    this.left = left;
    this.right = right;
    this.kinds = kinds;
    this.options = options;
    this.fileDiff = new FileDiff(version, options, report);
  }

  /**
   * Compares two data directories of this version.
   *
   * @param kinds what the server's catalogs say; a relation that they do not know is recognised by
   *     its first block
   */
  public static Report compare(
      Path left, Path right, PgVersion version, RelationKinds kinds, Options options)
      throws IOException {
    ClusterDiff diff =
        new ClusterDiff(
            RelationFiles.of(left, version),
            RelationFiles.of(right, version),
            version,
            kinds,
            options);
    diff.compareRelations();
    if (options.otherFiles()) {
      OtherFilesDiff.compare(left, right, diff.report);
    }
    return diff.report;
  }

  private void compareRelations() throws IOException {
    SortedMap<String, RelationFile> all = new TreeMap<>(left.files());
    all.putAll(right.files());
    Set<RelFileLocator> unlogged = new HashSet<>(left.unlogged());
    unlogged.addAll(right.unlogged());
    for (var entry : all.entrySet()) {
      RelationFile file = entry.getValue();
      boolean isLogged = file.fork() == ForkNumber.INIT || !unlogged.contains(file.locator());
      if (isLogged && options.forks().contains(file.fork())) {
        compareFile(entry.getKey(), file);
      }
    }
  }

  private void compareFile(String path, RelationFile file) throws IOException {
    Path leftFile = left.resolve(path);
    Path rightFile = right.resolve(path);
    if (!left.files().containsKey(path)) {
      onlyOne(Difference.Type.MISSING_LEFT, path, file, rightFile);
    } else if (!right.files().containsKey(path)) {
      onlyOne(Difference.Type.MISSING_RIGHT, path, file, leftFile);
    } else {
      report.file();
      fileDiff.compare(path, file, kinds.of(file.locator(), left, right), leftFile, rightFile);
    }
  }

  private void onlyOne(Difference.Type type, String path, RelationFile file, Path present)
      throws IOException {
    long length = Files.size(present);
    if (length == 0 && options.tolerated().contains(Tolerance.EMPTY_FILES)) {
      report.tolerate(Tolerance.EMPTY_FILES, 1);
    } else if (file.fork() == ForkNumber.VM
        && options.tolerated().contains(Tolerance.VISIBILITY_MAP_WITHOUT_BITS)
        && fileDiff.hasNoBits(present)) {
      report.tolerate(Tolerance.VISIBILITY_MAP_WITHOUT_BITS, length / Pages.SIZE);
    } else {
      report.difference(Difference.ofFile(type, path, length + " bytes on one side only"));
    }
  }
}
