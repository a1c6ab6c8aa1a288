package org.walfmt.retention;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * An archive in which much has happened: fulls, incrementals on any backup of the history, external
 * bases, merges, recoveries to an earlier point, damage, losses and killed runs.
 */
final class RandomChains {
  static final int HOURS = 40;

  private final Random random;
  private final MemoryArchive archive;
  private final List<CommitFile.Summary> taken = new ArrayList<>();
  private int timeline = 1;
  private String history = "";
  private long segment = 10;

  private RandomChains(Random random, MemoryArchive archive) {
    this.random = random;
    this.archive = archive;
  }

  static void fill(MemoryArchive archive, Random random) throws Exception {
    RandomChains chains = new RandomChains(random, archive);
    int number = 3 + random.nextInt(14);
    for (int i = 0; i < number; i++) {
      chains.step(1 + (long) i * HOURS / number);
    }
    chains.spoil();
  }

  private void step(long hour) throws Exception {
    segment += 1 + random.nextInt(5);
    int kind = random.nextInt(20);
    if (kind < 2 && !taken.isEmpty()) {
      recover();
    }
    List<CommitFile.Summary> parents = onHistory();
    if (kind >= 17 && !taken.isEmpty() && merge(hour)) {
      return;
    }
    ArchivedBackup backup = ArchivedBackup.at(hour, segment).onTimeline(timeline);
    if (kind == 3) {
      backup.onBase(Integer.toString(random.nextInt(2)), 3 + random.nextInt(2));
    } else if (kind > 7 && !parents.isEmpty()) {
      int back = Math.min(parents.size(), 1 + random.nextInt(3));
      backup.on(parents.get(parents.size() - back));
    }
    if (random.nextInt(12) == 0) {
      backup.damaged();
    }
    taken.add(backup.in(archive));
  }

  private List<CommitFile.Summary> onHistory() throws IOException {
    TimelineHistory leading = TimelineHistory.parse(new TimelineId(timeline), history);
    return taken.stream().filter(backup -> BackupChoice.isOn(leading, backup)).toList();
  }

  /** Goes on, on a new timeline, from a point after some backup. */
  private void recover() throws IOException {
    List<CommitFile.Summary> on = onHistory();
    CommitFile.Summary from = on.get(random.nextInt(on.size()));
    if (from.startTimeline().number() == timeline) {
      segment = from.firstSegment().size().segmentNumber(from.startLsn()) + 1;
      history +=
          timeline + "\t" + ArchivedBackup.SIZE.start(segment) + "\tno recovery target specified\n";
      timeline++;
      archive.add(
          TimelineHistory.fileName(new TimelineId(timeline)),
          history.getBytes(StandardCharsets.US_ASCII));
      segment++;
    }
  }

  /** Puts one in the place of the last few of a chain, and sometimes removes these. */
  private boolean merge(long hour) throws Exception {
    CommitFile.Summary newest = taken.get(taken.size() - 1);
    List<CommitFile.Summary> chain = new ArrayList<>();
    Optional<CommitFile.Summary> member = Optional.of(newest);
    int most = 2 + random.nextInt(4);
    while (member.isPresent() && chain.size() < most) {
      chain.add(member.get());
      Optional<BackupId> older = member.get().parent();
      member = taken.stream().filter(each -> older.equals(Optional.of(each.id()))).findFirst();
    }
    CommitFile.Summary oldest = chain.get(chain.size() - 1);
    if (chain.size() < 2 || oldest.manifest().isPresent()) {
      return false;
    }
    ArchivedBackup merged =
        ArchivedBackup.at(
                Duration.between(ArchivedBackup.EPOCH, newest.startTime()).toHours(),
                ArchivedBackup.SIZE.segmentNumber(newest.startLsn()))
            .madeAt(hour)
            .onTimeline(newest.startTimeline().bits())
            .replacing(chain.stream().map(CommitFile.Summary::id).toList());
    if (member.isPresent()) {
      merged.on(member.get());
    } else if (!oldest.isFull()) {
      return false;
    }
    taken.add(merged.in(archive));
    if (random.nextBoolean()) {
      for (CommitFile.Summary each : chain) {
        loseCommit(each);
      }
    }
    return true;
  }

  /** As an expiry leaves a backup that is killed when the commit has gone. */
  private void loseCommit(CommitFile.Summary backup) throws IOException {
    archive.lose(backup.id().commitName());
    archive.addDeadRun(backup.id().timeline());
  }

  private void spoil() throws IOException {
    for (CommitFile.Summary backup : taken) {
      switch (random.nextInt(30)) {
        case 0 -> archive.lose(backup.lastSegment().toString());
        case 1 -> loseCommit(backup);
        case 2 -> archive.add(backup.id().commitName(), new byte[] {'x'});
        default -> {}
      }
    }
    for (long number = 1; number < segment; number += 3) {
      archive.add(String.format("%08X00000000%08X", 1 + random.nextInt(timeline), number), 1 << 20);
    }
  }
}
