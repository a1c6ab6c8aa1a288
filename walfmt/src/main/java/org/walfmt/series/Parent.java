package org.walfmt.series;

/** What an incremental builds on. */
public sealed interface Parent {
  /** Another series; its nonce tells it from one that took the same name later. */
  record Series(BackupId id, String nonce) implements Parent {}

  /** An external base backup, known by the SHA-256 of its {@code backup_manifest}, in hex. */
  record Manifest(String sha256) implements Parent {}
}
