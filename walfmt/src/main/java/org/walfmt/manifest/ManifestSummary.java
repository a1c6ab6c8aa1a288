package org.walfmt.manifest;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a manifest says beside its files.
 *
 * @param version of the manifest's format: 1, or 2 from PostgreSQL 17 on
 * @param systemIdentifier unsigned; empty in version 1
 * @param walRanges the newest timeline first; usually one
 * @param files how many files are listed
 * @param sha256 of the whole manifest, in hex: the identity of the backup
 */
public record ManifestSummary(
    int version,
    OptionalLong systemIdentifier,
    List<WalRange> walRanges,
    long files,
    String sha256) {
  /** Keeps an unmodifiable copy. */
  public ManifestSummary {
    walRanges = List.copyOf(walRanges);
  }
}
