package org.walfmt.replayer;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.walfmt.archive.Archive;
import org.walfmt.replayer.datadir.RecoverySettings;

/**
 * What is to be applied, and to which data directory.
 *
 * @param backup an id, the first eight digits of one, or {@link RestoreOptions#LATEST}
 * @param base the external base backup under the chain
 * @param tablespaces where tablespaces go that the directory does not have, by where they were
 * @param configuration the directory's configuration is replaced by the backup's, with these
 *     recovery settings, of which the mode is that of the directory's signal file; empty to keep it
 * @param whole whether a full backup may be applied, all blocks of it
 * @param walCheck whether the ordinary WAL from start to stop must be in the archive
 * @param sync whether everything is flushed to disk
 * @param dryRun whether nothing is done but counted
 */
public record ApplyOptions(
    Archive archive,
    Path target,
    String backup,
    Optional<Path> base,
    Map<Path, Path> tablespaces,
    Optional<RecoverySettings> configuration,
    boolean whole,
    boolean walCheck,
    boolean sync,
    boolean dryRun) {
  /** Keeps an unmodifiable copy. */
  public ApplyOptions {
    tablespaces = Map.copyOf(tablespaces);
  }

  /** The latest backup in {@code archive}, applied to {@code target}. */
  public static ApplyOptions of(Archive archive, Path target) {
    return new ApplyOptions(
        archive,
        target,
        RestoreOptions.LATEST,
        Optional.empty(),
        Map.of(),
        Optional.empty(),
        false,
        true,
        true,
        false);
  }

  /** See {@link #backup()}. */
  public ApplyOptions backup(String selector) {
    return new ApplyOptions(
        archive, target, selector, base, tablespaces, configuration, whole, walCheck, sync, dryRun);
  }

  /** See {@link #base()}. */
  public ApplyOptions base(Path directory) {
    return new ApplyOptions(
        archive,
        target,
        backup,
        Optional.of(directory),
        tablespaces,
        configuration,
        whole,
        walCheck,
        sync,
        dryRun);
  }

  /** Puts the new tablespace that was at {@code from} into {@code to}; both absolute. */
  public ApplyOptions mapTablespace(Path from, Path to) {
    Map<Path, Path> more = new LinkedHashMap<>(tablespaces);
    more.put(from, to);
    return new ApplyOptions(
        archive, target, backup, base, more, configuration, whole, walCheck, sync, dryRun);
  }

  /** See {@link #configuration()}. */
  public ApplyOptions replaceConfiguration(RecoverySettings settings) {
    return new ApplyOptions(
        archive,
        target,
        backup,
        base,
        tablespaces,
        Optional.of(settings),
        whole,
        walCheck,
        sync,
        dryRun);
  }

  /** See {@link #whole()}. */
  public ApplyOptions whole(boolean allowed) {
    return new ApplyOptions(
        archive, target, backup, base, tablespaces, configuration, allowed, walCheck, sync, dryRun);
  }

  /** See {@link #walCheck()}. */
  public ApplyOptions walCheck(boolean check) {
    return new ApplyOptions(
        archive, target, backup, base, tablespaces, configuration, whole, check, sync, dryRun);
  }

  /** See {@link #sync()}. */
  public ApplyOptions sync(boolean flush) {
    return new ApplyOptions(
        archive, target, backup, base, tablespaces, configuration, whole, walCheck, flush, dryRun);
  }

  /** See {@link #dryRun()}. */
  public ApplyOptions dryRun(boolean dry) {
    return new ApplyOptions(
        archive, target, backup, base, tablespaces, configuration, whole, walCheck, sync, dry);
  }
}
