package org.walfmt.cli.dump;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.OutputFailedException;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.WalReader;

/** One JSON object a record, each on a line of its own. */
public final class RecordJson implements RecordSink {
  private final PrintWriter out;
  private final PgVersion version;
  private final OperationName operations;
  private final Description description;
  private final StringBuilder text = new StringBuilder();

  /** For WAL of {@code version}. */
  public RecordJson(PrintWriter out, PgVersion version) {
    this.out = out;
    this.version = version;
    this.operations = new OperationName(version);
    this.description = new Description(version);
  }

  @Override
  public void record(WalReader wal, DecodedRecord record) throws IOException {
    try (JsonGenerator json = JsonOutput.line(out)) {
      json.writeStartObject();
      json.writeStringField("lsn", new Lsn(wal.lsn()).toString());
      long prev = RecordHeader.prev(wal.buffer(), wal.offset());
      json.writeStringField("prev", new Lsn(prev).toString());
      json.writeStringField("end_lsn", new Lsn(wal.endLsn()).toString());
      json.writeNumberField("xid", RecordHeader.xid(wal.buffer(), wal.offset()));
      json.writeStringField("rmgr", RmgrName.of(wal.rmid()));
      Optional<String> operation = operations.find(wal.rmid(), wal.info());
      if (operation.isPresent()) {
        json.writeStringField("operation", operation.get());
      }
      json.writeNumberField("info", wal.info());
      int images = RecordText.imageBytes(record);
      json.writeNumberField("record_length", wal.totalLength() - images);
      json.writeNumberField("total_length", wal.totalLength());
      json.writeNumberField("main_data_length", record.mainLength());
      text.setLength(0);
      description.append(text, wal, record);
      if (!text.isEmpty()) {
        json.writeStringField("description", text.toString());
      }
      writeBlocks(json, record);
      json.writeEndObject();
    }
    out.println();
    if (out.checkError()) {
      throw new OutputFailedException();
    }
  }

  private void writeBlocks(JsonGenerator json, DecodedRecord record) throws IOException {
    json.writeArrayFieldStart("blocks");
    for (int i = 0; i < record.blockCount(); i++) {
      BlockReference block = record.block(i);
      json.writeStartObject();
      json.writeNumberField("id", block.id());
      json.writeNumberField("tablespace", Integer.toUnsignedLong(block.tablespace()));
      json.writeNumberField("database", Integer.toUnsignedLong(block.database()));
      json.writeNumberField("relation", Integer.toUnsignedLong(block.relation()));
      json.writeStringField("fork", RecordText.forkName(block));
      json.writeNumberField("block", Integer.toUnsignedLong(block.number()));
      json.writeNumberField("data_length", block.dataLength());
      if (block.hasImage()) {
        json.writeObjectFieldStart("image");
        json.writeNumberField("length", block.imageLength());
        json.writeNumberField("hole_offset", block.holeOffset());
        json.writeNumberField("hole_length", block.holeLength());
        json.writeStringField("compression", RecordText.compression(block, version));
        json.writeBooleanField("apply", block.isApplied());
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
