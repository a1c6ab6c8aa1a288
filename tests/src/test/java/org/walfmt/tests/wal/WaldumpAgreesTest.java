package org.walfmt.tests.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.record.DecodedRecord;
import org.walfmt.segment.WalReader;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;

/** Our walk over WAL of the machine's PostgreSQL 15 finds what its pg_waldump finds. */
class WaldumpAgreesTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void everyRecordIsTheSame(int segmentMegabytes) throws IOException {
    try (Cluster cluster =
        WalLoad.cluster(PgInstall.machine15()).segmentMegabytes(segmentMegabytes).start()) {
      WalLoad.run(cluster, "off", "pglz", "lz4", "zstd");
      cluster.stop(Cluster.Stop.FAST);
      ServerWal wal = new ServerWal(cluster, 1);
      List<ListedRecord> ours = new ArrayList<>();
      Lsn end = walk(wal, ours);
      assertThat(ours.get(ours.size() - 1).lsn()).isEqualTo(wal.control().checkPoint());
      Outcome dump =
          PgTools.get()
              .waldump(
                  "--bkp-details",
                  "--path=" + cluster.data().resolve("pg_wal"),
                  "--start=" + ours.get(0).lsn(),
                  "--end=" + end)
              .orFail();
      List<ListedRecord> theirs = ListedRecord.parse(dump.out());
      assertSame(ours, theirs);
      DumpComparison.withPgWaldump(cluster, ours.get(0).lsn(), end);
      assertThat(ours).hasSizeGreaterThan(20_000);
      assertThat(ours.stream().map(ListedRecord::resourceManager).distinct())
          .hasSizeGreaterThanOrEqualTo(18);
    }
  }

  private static Lsn walk(ServerWal wal, List<ListedRecord> records) throws IOException {
    DecodedRecord decoded = new DecodedRecord(PgVersion.V15);
    try (WalReader reader = wal.read(wal.start())) {
      while (reader.next()) {
        records.add(ListedRecord.of(reader, decoded));
      }
      return reader.position();
    }
  }

  /** One difference says more than two lists of many thousand lines. */
  private static void assertSame(List<ListedRecord> ours, List<ListedRecord> theirs) {
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      if (!ours.get(i).equals(theirs.get(i))) {
        assertThat(ours.get(i)).isEqualTo(theirs.get(i));
      }
    }
    assertThat(ours.size()).isEqualTo(theirs.size());
  }
}
