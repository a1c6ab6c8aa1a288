package org.walfmt.cli.dump;

import java.io.IOException;
import org.walfmt.record.DecodedRecord;
import org.walfmt.segment.WalReader;

/** What happens to the records that were chosen. */
public interface RecordSink {
  /** Takes the record that the reader stands at, decoded. */
  void record(WalReader wal, DecodedRecord record) throws IOException;
}
