package org.walfmt.tests.damage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Something done to files of an archive, which closing undoes. */
final class Damage implements AutoCloseable {
  /** What is done. */
  enum Kind {
    FLIPPED_BIT,
    CUT,
    ZEROED_TAIL,
    SWAPPED,
    REMOVED,
    OF_ANOTHER_BACKUP
  }

  private final Kind kind;
  private final String text;
  private final Map<Path, byte[]> originals;

  private Damage(Kind kind, String text, Map<Path, byte[]> originals) {
    this.kind = kind;
    this.text = text;
    this.originals = originals;
  }

  /**
   * Does something at random to a file.
   *
   * @param file the file, which is damaged
   * @param siblings what it may be swapped with; without the file itself
   * @param strangers what may take its place
   */
  static Damage atRandom(Random random, Path file, List<Path> siblings, List<Path> strangers)
      throws IOException {
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    if ((kind == Kind.SWAPPED && siblings.isEmpty())
        || (kind == Kind.OF_ANOTHER_BACKUP && strangers.isEmpty())) {
      kind = Kind.FLIPPED_BIT;
    }
    byte[] bytes = Files.readAllBytes(file);
    Map<Path, byte[]> originals = new LinkedHashMap<>();
    originals.put(file, bytes);
    String where = "";
    switch (kind) {
      case FLIPPED_BIT -> {
        int offset = random.nextInt(bytes.length);
        int bit = random.nextInt(8);
        byte[] damaged = bytes.clone();
        damaged[offset] ^= (byte) (1 << bit);
        Files.write(file, damaged);
        where = "offset " + offset + " bit " + bit;
      }
      case CUT -> {
        int length = random.nextInt(bytes.length);
        Files.write(file, Arrays.copyOf(bytes, length));
        where = "length " + length;
      }
      case ZEROED_TAIL -> {
        int length = random.nextInt(usedLength(bytes));
        Files.write(file, Arrays.copyOf(Arrays.copyOf(bytes, length), bytes.length));
        where = "from " + length;
      }
      case SWAPPED -> {
        Path other = siblings.get(random.nextInt(siblings.size()));
        originals.put(other, Files.readAllBytes(other));
        Files.write(file, Files.readAllBytes(other));
        Files.write(other, bytes);
        where = "with " + other.getFileName();
      }
      case REMOVED -> Files.delete(file);
      case OF_ANOTHER_BACKUP -> {
        Path other = strangers.get(random.nextInt(strangers.size()));
        Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING);
        where = "by " + other.getFileName();
      }
    }
    return new Damage(kind, kind + " " + file.getFileName() + " " + where, originals);
  }

  /** Up to the last byte that is not zero. */
  private static int usedLength(byte[] bytes) {
    int length = bytes.length;
    while (length > 1 && bytes[length - 1] == 0) {
      length--;
    }
    return length;
  }

  Kind kind() {
    return kind;
  }

  /** Names of the damaged files. */
  List<String> names() {
    return originals.keySet().stream().map(path -> path.getFileName().toString()).toList();
  }

  @Override
  public void close() throws IOException {
    for (Map.Entry<Path, byte[]> original : originals.entrySet()) {
      Files.write(original.getKey(), original.getValue());
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
