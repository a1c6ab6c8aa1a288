package org.walfmt.cli.dump;

import java.io.PrintWriter;
import java.util.Locale;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.record.DecodedRecord;
import org.walfmt.segment.WalReader;

/**
 * Counts and sizes by resource manager, or by operation, as {@code pg_waldump --stats} has them.
 */
public final class Statistics implements RecordSink {
  private static final int OPERATIONS = 16;
  private static final int XACT = 1;
  private static final int XACT_OPERATION = 0x07;
  private static final String HEADING = "%-27s %20s %8s %20s %8s %20s %8s %20s %8s%n";

  private static final String LINE = "--------";

  private final boolean byOperation;
  private final OperationName operations;
  private final Sums total = new Sums();
  private final Sums[] managers = new Sums[RmgrName.COUNT];
  private final Sums[][] details = new Sums[RmgrName.COUNT][OPERATIONS];

  /** What is summed up. */
  private static final class Sums {
    private long count;
    private long recordBytes;
    private long imageBytes;

    private void add(long bytes, long images) {
      count++;
      recordBytes += bytes;
      imageBytes += images;
    }
  }

  /**
   * @param byOperation a row for each operation instead of each manager
   */
  public Statistics(PgVersion version, boolean byOperation) {
    this.byOperation = byOperation;
    this.operations = new OperationName(version);
    for (int rmid = 0; rmid < RmgrName.COUNT; rmid++) {
      managers[rmid] = new Sums();
      for (int operation = 0; operation < OPERATIONS; operation++) {
        details[rmid][operation] = new Sums();
      }
    }
  }

  @Override
  public void record(WalReader wal, DecodedRecord record) {
    int operation = wal.info() >> 4;
    if (wal.rmid() == XACT) { // the topmost bit says that there are details
      operation &= XACT_OPERATION;
    }
    long images = RecordText.imageBytes(record);
    long bytes = wal.totalLength() - images;
    total.add(bytes, images);
    managers[wal.rmid()].add(bytes, images);
    details[wal.rmid()][operation].add(bytes, images);
  }

  /** Prints the table; the range is from the first record to the end of the last one. */
  public void print(PrintWriter out, Lsn start, Lsn end) {
    out.format(Locale.ROOT, "WAL statistics between %s and %s:%n", start, end);
    Object[] heading = {
      "Type", "N", "(%)", "Record size", "(%)", "FPI size", "(%)", "Combined size", "(%)"
    };
    Object[] rule = {
      "----", "-", "---", "-----------", "---", "--------", "---", "-------------", "---"
    };
    out.format(HEADING, heading);
    out.format(HEADING, rule);
    for (int rmid = 0; rmid < RmgrName.COUNT; rmid++) {
      if (byOperation) {
        printOperations(out, rmid);
      } else if (rmid < RmgrName.builtin().size() || managers[rmid].count > 0) {
        printRow(out, RmgrName.of(rmid), managers[rmid]);
      }
    }
    printTotal(out);
  }

  private void printOperations(PrintWriter out, int rmid) {
    for (int operation = 0; operation < OPERATIONS; operation++) {
      Sums sums = details[rmid][operation];
      if (sums.count > 0) {
        String name = operations.of(rmid, operation << 4);
        printRow(out, RmgrName.of(rmid) + "/" + name, sums);
      }
    }
  }

  private void printRow(PrintWriter out, String name, Sums row) {
    long combined = row.recordBytes + row.imageBytes;
    out.format(
        Locale.ROOT,
        "%-27s %20d (%6.2f) %20d (%6.2f) %20d (%6.2f) %20d (%6.2f)%n",
        name,
        row.count,
        percent(row.count, total.count),
        row.recordBytes,
        percent(row.recordBytes, total.recordBytes),
        row.imageBytes,
        percent(row.imageBytes, total.imageBytes),
        combined,
        percent(combined, total.recordBytes + total.imageBytes));
  }

  private void printTotal(PrintWriter out) {
    long combined = total.recordBytes + total.imageBytes;
    out.format("%-27s %20s %8s %20s %8s %20s %8s %20s%n", "", LINE, "", LINE, "", LINE, "", LINE);
    out.format(
        Locale.ROOT,
        "%-27s %20d %-9s%20d %-9s%20d %-9s%20d %-6s%n",
        "Total",
        total.count,
        "",
        total.recordBytes,
        share(total.recordBytes, combined),
        total.imageBytes,
        share(total.imageBytes, combined),
        combined,
        "[100%]");
  }

  private static String share(long part, long whole) {
    return String.format(Locale.ROOT, "[%.2f%%]", percent(part, whole));
  }

  private static double percent(long part, long whole) {
    return whole == 0 ? 0 : 100.0 * part / whole;
  }
}
