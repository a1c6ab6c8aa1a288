package org.walfmt.cli;

import java.io.PrintWriter;
import java.util.Optional;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.Text;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.EndNote;
import org.walfmt.series.Series;

/** Prints a backup for people: a line a fact, names first, as pg_controldata does. */
final class ShowText {
  private final Facts facts;

  ShowText(PrintWriter out) {
    this.facts = new Facts(out);
  }

  void print(
      CommitFile.Summary commit,
      BackupState state,
      Optional<Series> series,
      Optional<InventoryCounts> counts,
      BackupChain chain) {
    commit(commit, state);
    series.ifPresent(this::series);
    counts.ifPresent(this::inventory);
    chain(chain);
  }

  private void commit(CommitFile.Summary commit, BackupState state) {
    facts.line("Backup", commit.id());
    facts.line("Kind", BackupJson.kind(commit));
    facts.line("Label", commit.label());
    facts.line("Status", state);
    facts.line("PostgreSQL", commit.version());
    facts.line("System identifier", Long.toUnsignedString(commit.systemIdentifier()));
    facts.line("Start time", Text.time(commit.startTime()) + " UTC");
    facts.line("Stop time", Text.time(commit.stopTime()) + " UTC");
    facts.line("Start LSN", commit.startLsn() + ", timeline " + commit.startTimeline());
    facts.line("Stop LSN", commit.stopLsn() + ", timeline " + commit.stopTimeline());
    if (!commit.isFull()) {
      facts.line("Reference LSN", commit.referenceLsn());
    }
    commit.parent().ifPresent(parent -> facts.line("Parent", parent));
    commit.manifest().ifPresent(digest -> facts.line("Parent", "manifest with SHA-256 " + digest));
    commit.replaces().forEach(replaced -> facts.line("Replaces", replaced));
    facts.line("Taken from", commit.fromStandby() ? "a standby" : "a primary");
    facts.line(
        "Segments",
        commit.segments()
            + " of "
            + Text.megabytes(commit.segmentSize().bytes())
            + ", "
            + commit.firstSegment()
            + " to "
            + commit.lastSegment());
    facts.line("Damaged pages", commit.damagedPages());
    facts.line("Nonce", commit.nonce());
    facts.line("Digest", commit.digest());
  }

  private void series(Series series) {
    BeginNote begin = series.begin();
    facts.line("Server version", begin.serverVersion());
    facts.line("Written by", "walfmt " + begin.toolVersion());
    facts.line("Checkpoint LSN", begin.checkpointLsn());
    facts.line("Data checksums", Text.onOff(begin.checksums()));
    facts.line("wal_log_hints", Text.onOff(begin.walLogHints()));
    facts.line("Image compression", begin.compression());
    facts.line("Changes found by", begin.changeSource());
    EndNote end = series.end();
    facts.line("Blocks", end.blocks() + " (images of " + Text.size(end.imageBytes()) + ")");
    facts.line("Files", end.files() + " (" + Text.size(end.fileBytes()) + ")");
    facts.line("Records", end.records());
  }

  private void inventory(InventoryCounts counts) {
    facts.line(
        "Cluster: relation forks",
        counts.forks()
            + " ("
            + counts.forkBlocks()
            + " blocks), "
            + counts.wholeForks()
            + " whole in this backup");
    facts.line(
        "Cluster: other files",
        counts.files()
            + " ("
            + Text.size(counts.fileBytes())
            + "), "
            + counts.unchangedFiles()
            + " unchanged since the parent");
    facts.line("Cluster: directories", counts.directories());
    facts.line("Cluster: tablespaces", counts.tablespaces());
    facts.line("Cluster: size", Text.size(counts.clusterBytes()));
  }

  private void chain(BackupChain chain) {
    chain.missing().ifPresent(id -> facts.line("Chain", id + " (not in the archive)"));
    chain
        .base()
        .ifPresent(digest -> facts.line("Chain", "external base backup, manifest " + digest));
    for (CommitFile.Summary member : chain.members()) {
      facts.line("Chain", member.id() + " (" + BackupJson.kind(member) + ")");
    }
  }
}
