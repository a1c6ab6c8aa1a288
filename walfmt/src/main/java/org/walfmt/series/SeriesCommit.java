package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import java.util.Optional;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.Archive;
import org.walfmt.archive.PendingFile;

/** The last step of a backup: from here on it exists. */
public final class SeriesCommit {
  private final Archive archive;
  private Optional<String> attempted = Optional.empty();

  /** A commit into {@code archive}. */
  public SeriesCommit(Archive archive) {
    this.archive = archive;
  }

  /**
   * Looks once more whether all is there, then publishes the commit.
   *
   * @throws RefusedException if something has vanished, the parent perhaps even meanwhile: then the
   *     commit is to be withdrawn
   */
  public void publish(CommitFile commit, List<String> segments) throws IOException {
    Optional<String> missing =
        archive.firstNotStored(segments, commit.lastSegment().size().bytes());
    if (missing.isPresent()) {
      throw missing("segment " + missing.get() + " of the series");
    }
    requireParent(commit);
    String name = commit.id().commitName();
    try (PendingFile file = archive.create(name, true)) {
      file.write(ByteBuffer.wrap(commit.encode()));
      attempted = Optional.of(name);
      file.publish();
    } catch (FileAlreadyExistsException e) {
      attempted = Optional.empty();
      throw e;
    }
    requireParent(commit); // who removed it may not have seen this backup come
  }

  private void requireParent(CommitFile commit) throws IOException {
    if (commit.begin().parent().isPresent()
        && commit.begin().parent().get() instanceof Parent.Series series
        && !archive.hasCommit(series.id().text())
        && !isReplaced(commit)) {
      throw missing("the parent's commit " + series.id().commitName());
    }
  }

  /** Whether the parent was merged meanwhile, so that another backup stands for it. */
  private boolean isReplaced(CommitFile commit) throws IOException {
    return archive.canList()
        && BackupCatalog.parent(
                CommitFile.decode(commit.id(), commit.encode()), new BackupCatalog(archive).list())
            .isPresent();
  }

  /**
   * Takes the commit out again if it may be visible in spite of a failure.
   *
   * @return the commit that may be there and cannot be taken out: then the backup is whole
   */
  public Optional<String> withdraw() throws IOException {
    if (attempted.isPresent() && archive.canDelete()) {
      archive.delete(attempted.get());
      return Optional.empty();
    }
    return attempted;
  }

  private RefusedException missing(String what) {
    return new RefusedException(
        Reason.INCOMPLETE,
        what + " has vanished from archive \"" + archive.description() + "\"",
        "",
        "See who removes files from the archive while a backup runs.");
  }
}
