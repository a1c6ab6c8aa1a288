package org.walfmt.series;

import java.time.Instant;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;

/**
 * {@code walfmt.end}: what makes the backup consistent and proves that the series is whole (rule
 * SERIES-7).
 *
 * @param stopLsn ordinary WAL is needed up to here
 * @param blocks block records in the series
 * @param imageBytes bytes of page images in them, holes and headers not counted
 * @param files files whose contents are in the series
 * @param fileBytes bytes of these
 * @param records all records before this one
 * @param damagedPages pages that were taken although their checksum or LSN was wrong
 * @param digest SHA-256, in hex, over the CRCs, 4 bytes each, little-endian, of all records before
 */
public record EndNote(
    String nonce,
    Lsn stopLsn,
    TimelineId stopTimeline,
    Instant stopTime,
    long blocks,
    long imageBytes,
    long files,
    long fileBytes,
    long records,
    long damagedPages,
    String digest) {
  byte[] encode() {
    return new JsonText()
        .string("nonce", nonce)
        .lsn("stop_lsn", stopLsn)
        .number("stop_tli", stopTimeline.number())
        .string("stop_time", stopTime.toString())
        .number("blocks", blocks)
        .number("image_bytes", imageBytes)
        .number("files", files)
        .number("file_bytes", fileBytes)
        .number("records", records)
        .number("damaged_pages", damagedPages)
        .string("digest", digest)
        .finish();
  }

  static EndNote decode(byte[] message, WalPosition where) throws WalFormatException {
    JsonFields json = JsonFields.parse(message, where);
    EndNote note =
        new EndNote(
            json.hex("nonce", BeginNote.NONCE_BYTES),
            json.lsn("stop_lsn"),
            json.timeline("stop_tli"),
            BeginNote.time(json, "stop_time"),
            json.number("blocks", Long.MAX_VALUE),
            json.number("image_bytes", Long.MAX_VALUE),
            json.number("files", Long.MAX_VALUE),
            json.number("file_bytes", Long.MAX_VALUE),
            json.number("records", Long.MAX_VALUE),
            json.number("damaged_pages", Long.MAX_VALUE),
            json.hex("digest", BeginNote.SHA256_BYTES));
    json.done();
    return note;
  }
}
