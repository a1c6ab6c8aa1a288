package org.walfmt.series;

import org.walfmt.Lsn;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;

/**
 * The first {@code walfmt.index} note: where the parts of a series begin. A part without records
 * begins where the next one does (rule INDEX-2).
 *
 * @param blocks first block record
 * @param files first file note
 * @param forks first inventory note of relation forks
 * @param paths first inventory note of other paths
 * @param label the label note
 */
public record Sections(Lsn blocks, Lsn files, Lsn forks, Lsn paths, Lsn label) {
  byte[] encode() {
    return new JsonText()
        .lsn("blocks_lsn", blocks)
        .lsn("files_lsn", files)
        .lsn("forks_lsn", forks)
        .lsn("paths_lsn", paths)
        .lsn("label_lsn", label)
        .finish();
  }

  static Sections decode(byte[] message, WalPosition where) throws WalFormatException {
    JsonFields json = JsonFields.parse(message, where);
    Sections sections =
        new Sections(
            json.lsn("blocks_lsn"),
            json.lsn("files_lsn"),
            json.lsn("forks_lsn"),
            json.lsn("paths_lsn"),
            json.lsn("label_lsn"));
    json.done();
    return sections;
  }
}
