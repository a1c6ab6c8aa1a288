package org.walfmt.series;

import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;

/**
 * {@code walfmt.label}: the files that the server gave at the end of the backup, byte for byte.
 *
 * @param backupLabel contents of {@code backup_label}
 * @param tablespaceMap contents of {@code tablespace_map}; empty if there is to be none
 */
public record LabelNote(String backupLabel, String tablespaceMap) {
  byte[] encode() {
    return new JsonText()
        .string("backup_label", backupLabel)
        .string("tablespace_map", tablespaceMap)
        .finish();
  }

  static LabelNote decode(byte[] message, WalPosition where) throws WalFormatException {
    JsonFields json = JsonFields.parse(message, where);
    LabelNote note = new LabelNote(json.string("backup_label"), json.string("tablespace_map"));
    json.done();
    return note;
  }
}
