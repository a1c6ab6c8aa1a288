package org.walfmt.replayer.plan;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Histories;
import org.walfmt.series.Parent;
import org.walfmt.series.Series;

/**
 * A chain whose every link has been checked, before anything is read in full or written.
 *
 * @param chain newest first; the last is a full backup, or builds on the base
 * @param base the external base backup, if the chain builds on one
 * @param walRanges ordinary WAL from the newest's start to its stop, newest timeline first
 */
public record RestorePlan(List<Series> chain, Optional<BaseBackup> base, List<WalRange> walRanges) {

  /** The backup to be restored. */
  public Series newest() {
    return chain.get(0);
  }

  /** Whether the chain begins with a full backup or a base backup that is there. */
  public boolean isGrounded() {
    return !chain.isEmpty() && (base.isPresent() || chain.get(chain.size() - 1).begin().isFull());
  }

  /** Ids of the chain, newest first. */
  public List<BackupId> ids() {
    return chain.stream().map(Series::id).toList();
  }

  /**
   * Finds all that a backup builds on.
   *
   * @param newest the commit of the backup, all of whose segments are there
   * @param base directory of the external base backup
   * @param walCheck whether the ordinary WAL that the backup needs must be in the archive
   * @throws RefusedException if something is missing or does not fit
   * @throws org.walfmt.WalFormatException if a commit or the ends of a series are damaged
   */
  public static RestorePlan make(
      Archive archive,
      CommitFile.Summary newest,
      Optional<Path> base,
      boolean walCheck,
      Monitor monitor)
      throws IOException {
    Maker maker = new Maker(archive, false, monitor);
    maker.follow(maker.add(newest), base);
    if (walCheck) {
      maker.checkWal();
    }
    return new RestorePlan(List.copyOf(maker.chain), maker.base, maker.walRanges());
  }

  /**
   * Finds a part of a chain, whose own links are checked.
   *
   * @param to its newest member, as for {@link #make}
   * @param from its oldest member; empty for the beginning of the chain
   * @return newest first
   */
  public static List<Series> part(
      Archive archive, Optional<String> from, String to, Monitor monitor) throws IOException {
    Maker maker = new Maker(archive, false, monitor);
    CommitFile.Summary newest = maker.choice.findComplete(to, monitor);
    Optional<BackupId> oldest =
        from.isPresent()
            ? Optional.of(maker.choice.findComplete(from.get(), monitor).id())
            : Optional.empty();
    maker.followTo(maker.add(newest), oldest);
    return List.copyOf(maker.chain);
  }

  /** Hears what keeps a chain from being restored. */
  public interface ProblemListener {
    /** A problem, a {@link RefusedException} or a {@code WalFormatException}, of a backup. */
    void problem(BackupId backup, IOException problem);
  }

  /**
   * Follows a chain as far as it goes, for verification.
   *
   * @param commit of the newest
   * @param chain whether the chain is followed at all
   * @param problems hears why it goes no further, and what else is wrong
   * @return the members that could be opened, newest first, possibly none
   */
  public static RestorePlan explore(
      Archive archive,
      CommitFile.Summary commit,
      boolean chain,
      Optional<Path> base,
      boolean walCheck,
      Monitor monitor,
      ProblemListener problems)
      throws IOException {
    Maker maker = new Maker(archive, true, monitor);
    try {
      Series newest = maker.add(commit);
      if (chain) {
        maker.follow(newest, base);
      }
    } catch (RefusedException | WalFormatException e) {
      problems.problem(Objects.requireNonNullElse(maker.last, commit.id()), e);
    }
    if (walCheck && !maker.chain.isEmpty()) {
      try {
        maker.checkWal();
      } catch (RefusedException | WalFormatException e) {
        problems.problem(commit.id(), e);
      }
    }
    return new RestorePlan(List.copyOf(maker.chain), maker.base, List.of());
  }

  static final class Maker {
    private final Archive archive;
    private final Monitor monitor;
    private final Histories histories;
    private final BackupCatalog catalog;
    final BackupChoice choice;
    private final LinkCheck links;
    private final List<Series> chain = new ArrayList<>();
    private final Set<BackupId> seen = new HashSet<>();
    private Optional<BaseBackup> base = Optional.empty();

    /** The backup looked at last. */
    private @Nullable BackupId last;

    /** Whether it is enough to look at what is there. */
    private final boolean exploring;

    Maker(Archive archive, boolean exploring, Monitor monitor) {
      this.archive = archive;
      this.exploring = exploring;
      this.monitor = monitor;
      this.histories = new Histories(archive);
      this.catalog = new BackupCatalog(archive);
      this.choice = new BackupChoice(archive, histories);
      this.links = new LinkCheck(histories);
    }

    void follow(Series newest, Optional<Path> baseDirectory) throws IOException {
      Series child = newest;
      for (Optional<Series> older = older(child); older.isPresent(); older = older(child)) {
        child = older.get();
      }
      Optional<Parent> parent = child.begin().parent();
      if (parent.isPresent() && parent.get() instanceof Parent.Manifest manifest) {
        if (exploring && baseDirectory.isEmpty()) {
          monitor.warning(
              "backup "
                  + child.id()
                  + " builds on an external base backup, which is not looked at");
          return;
        }
        base = Optional.of(openBase(child, manifest, baseDirectory));
      } else if (baseDirectory.isPresent()) {
        throw new RefusedException(
            Reason.MISMATCH,
            "backup " + chain.get(0).id() + " does not build on an external base backup",
            "its chain begins with the full backup " + child.id(),
            "Leave out the base directory.");
      }
    }

    /** Follows the chain to a member, or as far as it consists of series. */
    void followTo(Series newest, Optional<BackupId> oldest) throws IOException {
      Series child = newest;
      while (!Optional.of(child.id()).equals(oldest)) {
        if (child.begin().parent().isEmpty()
            || !(child.begin().parent().get() instanceof Parent.Series parent)) {
          if (oldest.isEmpty()) {
            return;
          }
          throw new RefusedException(
              Reason.MISMATCH,
              "backup " + newest.id() + " does not build on backup " + oldest.get(),
              "its chain begins with backup " + child.id(),
              "");
        }
        child = addParent(child, parent);
      }
    }

    /** The series that one builds on, its link checked; empty if it builds on none. */
    Optional<Series> older(Series child) throws IOException {
      return child.begin().parent().isPresent()
              && child.begin().parent().get() instanceof Parent.Series parent
          ? Optional.of(addParent(child, parent))
          : Optional.empty();
    }

    private Series addParent(Series child, Parent.Series parent) throws IOException {
      CommitFile.Summary found = find(child, parent);
      choice.requireComplete(found);
      Series older = add(found);
      links.checkLink(child, LinkCheck.Older.of(older));
      return older;
    }

    void checkWal() throws IOException {
      new WalCheck(archive, histories).check(chain.get(0));
    }

    Series add(CommitFile.Summary commit) throws IOException {
      last = commit.id();
      if (!seen.add(commit.id())) {
        throw new RefusedException(
            Reason.MISMATCH, "backup " + commit.id() + " builds on itself", seen.toString(), "");
      }
      Series series = Series.open(archive, commit);
      links.checkAlone(series);
      if (series.end().damagedPages() > 0) {
        monitor.warning(
            "backup "
                + commit.id()
                + " was taken with "
                + series.end().damagedPages()
                + " damaged pages");
      }
      chain.add(series);
      return series;
    }

    private CommitFile.Summary find(Series child, Parent.Series parent) throws IOException {
      Optional<CommitFile.Summary> found = catalog.find(parent.id());
      if (found.isPresent()) {
        if (!found.get().nonce().equals(parent.nonce())) {
          throw new RefusedException(
              Reason.MISMATCH,
              "backup " + parent.id() + " is not the one that backup " + child.id() + " builds on",
              "its nonce is " + found.get().nonce() + ", expected " + parent.nonce(),
              "");
        }
        return found.get();
      }
      return replacementsOf(parent.id()).stream()
          .filter(each -> each.startLsn().equals(child.begin().referenceLsn()))
          .filter(each -> each.startTimeline().equals(child.begin().referenceTimeline()))
          .reduce((a, b) -> a.isFull() ? a : b)
          .orElseThrow(
              () ->
                  new RefusedException(
                      Reason.INCOMPLETE,
                      "backup " + parent.id() + ", on which " + child.id() + " builds, is missing",
                      "archive \"" + archive.description() + "\" has no commit file of it",
                      ""));
    }

    /** Complete backups that stand for {@code id} since a merge. */
    private List<CommitFile.Summary> replacementsOf(BackupId id) throws IOException {
      if (!archive.canList()) {
        return List.of(); // nothing tells their names
      }
      return catalog.list().stream()
          .filter(BackupCatalog.Entry::isComplete)
          .flatMap(entry -> entry.summary().stream())
          .filter(summary -> summary.replaces().contains(id))
          .toList();
    }

    BaseBackup openBase(Series child, Parent.Manifest manifest, Optional<Path> directory)
        throws IOException {
      if (directory.isEmpty()) {
        throw new RefusedException(
            Reason.PRECONDITION,
            "backup " + child.id() + " builds on an external base backup",
            "its backup_manifest has SHA-256 " + manifest.sha256(),
            "Give its directory with --base.");
      }
      BaseBackup base = BaseBackup.open(directory.get(), manifest.sha256(), child.begin());
      links.checkLink(
          child,
          new LinkCheck.Older(
              base.description(),
              Optional.of(base.control().systemIdentifier()),
              base.control().version(),
              base.control().segmentSize(),
              base.control().dataChecksums(),
              base.startLsn(),
              base.startTimeline(),
              base.stopLsn(),
              base.stopTimeline()));
      return base;
    }

    private List<WalRange> walRanges() throws IOException {
      Series newest = chain.get(0);
      return WalRanges.of(
          newest.begin().startTimeline(),
          newest.begin().startLsn(),
          newest.end().stopTimeline(),
          newest.end().stopLsn(),
          histories);
    }
  }
}
