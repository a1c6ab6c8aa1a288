package org.walfmt.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.UnsupportedWalException;

/** Reads one object of a manifest's list of files. */
final class ManifestFileReader {
  private final ManifestFields fields;
  private @Nullable String path;
  private @Nullable String algorithm;
  private @Nullable String checksum;
  private long size = -1;

  private ManifestFileReader(ManifestFields fields) {
    this.fields = fields;
  }

  /** Reads the fields of the object just entered, and leaves it. */
  static ManifestFile read(ManifestFields fields) throws IOException {
    ManifestFileReader reader = new ManifestFileReader(fields);
    while (fields.next()) {
      reader.readField();
    }
    return reader.file();
  }

  private void readField() throws IOException {
    switch (fields.name()) {
      case "Path" -> takePath(fields.string());
      case "Encoded-Path" -> takePath(decode(fields.string()));
      case "Size" -> size = fields.number();
      case "Last-Modified" -> fields.string();
      case "Checksum-Algorithm" -> algorithm = fields.string();
      case "Checksum" -> checksum = fields.string();
      default -> throw fields.unknown();
    }
  }

  private void takePath(String found) throws IOException {
    if (path != null) {
      throw fields.corrupt("has two paths for one file");
    }
    if (!isSafe(found)) {
      throw fields.corrupt("has unsafe path \"" + found + "\"");
    }
    path = found;
  }

  /** Returns whether the path stays within the directory it is relative to. */
  private static boolean isSafe(String path) {
    if (path.indexOf('\0') >= 0) {
      return false;
    }
    int start = 0;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String part = path.substring(start, end);
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return false;
      }
      start = end + 1;
    }
    return true;
  }

  private String decode(String hex) throws IOException {
    if (hex.length() % 2 != 0 || !FileChecksum.isHex(hex)) {
      throw fields.corrupt("has an invalid \"Encoded-Path\"");
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex))).toString();
    } catch (CharacterCodingException e) {
      UnsupportedWalException unsupported =
          new UnsupportedWalException(
              BackupManifestReader.NAME + " has a path that is not UTF-8, in hex " + hex);
      unsupported.initCause(e);
      throw unsupported;
    }
  }

  private ManifestFile file() throws IOException {
    if (path == null || size < 0) {
      throw fields.corrupt("lacks path or size of a file");
    }
    if (checksum == null && (algorithm == null || algorithm.equals("NONE"))) {
      return new ManifestFile(path, size, Optional.empty());
    }
    if (checksum == null || algorithm == null) {
      throw fields.corrupt("has only one of checksum and algorithm for \"" + path + "\"");
    }
    String name = algorithm;
    ChecksumAlgorithm known =
        ChecksumAlgorithm.parse(name)
            .orElseThrow(
                () ->
                    new UnsupportedWalException(
                        BackupManifestReader.NAME + " has checksum algorithm \"" + name + "\""));
    if (!FileChecksum.isHex(checksum) || checksum.length() != 2 * known.length()) {
      throw fields.corrupt("has an invalid checksum for \"" + path + "\"");
    }
    return new ManifestFile(path, size, Optional.of(new FileChecksum(known, checksum)));
  }
}
