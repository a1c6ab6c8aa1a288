package org.walfmt.replayer.base;

import java.io.IOException;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.manifest.ManifestFile;

/** The lengths of all relation forks, as a manifest tells them. */
public final class ManifestLengths {
  private final PgVersion version;
  private final RelationTable relations = new RelationTable();

  /** Of a backup of that version. */
  public ManifestLengths(PgVersion version) {
    this.version = version;
  }

  /** Takes a file. */
  public void add(ManifestFile file) throws IOException {
    RelationFile relation = RelationFile.parse(file.path(), version).orElse(null);
    if (relation != null) {
      relations.add(relation, file);
    }
  }

  /** When all files came. */
  public void sort() {
    relations.sort();
  }

  /** Blocks of a fork; -1 if it is not there. */
  public long blocks(RelFileLocator locator, ForkNumber fork) {
    int first = relations.find(locator, fork);
    return first < 0 ? -1 : relations.blocks(first, relations.forkEnd(first));
  }
}
