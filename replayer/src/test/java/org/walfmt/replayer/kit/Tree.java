package org.walfmt.replayer.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** All that is in a directory, to be compared: links and directories by name, files by contents. */
public final class Tree {
  private Tree() {}

  /** By path; a file by its SHA-256, so that a failure can be read. */
  public static Map<String, String> of(Path directory) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.toList()) {
        String what;
        if (Files.isSymbolicLink(path)) {
          what = "-> " + Files.readSymbolicLink(path);
        } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          what = "directory";
        } else {
          what = Files.size(path) + " " + SyntheticArchive.sha256(Files.readAllBytes(path));
        }
        tree.put(directory.relativize(path).toString(), what);
      }
    }
    return tree;
  }
}
