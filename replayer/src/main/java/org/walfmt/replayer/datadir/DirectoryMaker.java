package org.walfmt.replayer.datadir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.replayer.datadir.TargetPlaces.Place;
import org.walfmt.series.PathEntry;

/** Makes the directories and links of a restore, flushes them, and takes all away on failure. */
final class DirectoryMaker {
  private static final String WAL = "pg_wal";
  private static final int OWNER_ONLY = 0700;

  private final TargetPlaces places;
  private final TargetLayout layout;
  private final Ownership ownership;

  /** Directories whose contents are ours. */
  private final List<Place> filled = new ArrayList<>();

  /** Makes the data directory itself, if it is not there. */
  DirectoryMaker(TargetPlaces places, Monitor monitor) throws IOException {
    this.places = places;
    Path root = places.target().path();
    layout = new TargetLayout(root, places.walDirectory().map(Place::path));
    Path example = root;
    if (!places.target().existed()) {
      example = Objects.requireNonNull(root.getParent());
      Files.createDirectories(example);
      createPrivate(root);
    }
    filled.add(places.target());
    try {
      ownership = Ownership.like(example, root);
    } catch (IOException e) {
      remove();
      throw e;
    }
    if (ownership.ownerName().isPresent()) {
      monitor.info("files are given to " + ownership.ownerName().get() + ", who owns " + example);
    }
  }

  TargetLayout layout() {
    return layout;
  }

  Ownership ownership() {
    return ownership;
  }

  /** A directory of the inventory; its owner must be able to use it, whatever the mode says. */
  void directory(String path, int mode) throws IOException {
    int usable = mode | OWNER_ONLY;
    if (path.equals(PathEntry.ROOT)) {
      ownership.apply(places.target().path(), usable);
    } else if (path.equals(WAL) && places.walDirectory().isPresent()) {
      link(path, places.walDirectory().get(), usable);
    } else {
      Path place = layout.place(path);
      createPrivate(place);
      ownership.apply(place, usable);
    }
    layout.addDirectory(path);
  }

  /** The link to a tablespace, and the directory that it leads to, which gets the mode. */
  void tablespace(String path, int mode) throws IOException {
    Place place = places.tablespaces().get(path);
    if (place == null) {
      throw new CorruptWalException("inventory changed: tablespace \"" + path + "\" is new");
    }
    link(path, place, mode | OWNER_ONLY);
    layout.addTablespace(path, place.path());
  }

  private void link(String path, Place place, int mode) throws IOException {
    String parent = path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : PathEntry.ROOT;
    if (!layout.hasDirectory(parent)) {
      throw new CorruptWalException("\"" + path + "\" lies in no directory of the inventory");
    }
    if (!place.existed()) {
      Files.createDirectories(Objects.requireNonNull(place.path().getParent()));
      createPrivate(place.path());
    }
    filled.add(place);
    ownership.apply(place.path(), mode);
    Path link = places.target().path().resolve(path);
    Files.createSymbolicLink(link, place.path());
    ownership.applyOwner(link);
  }

  private static void createPrivate(Path directory) throws IOException {
    Files.createDirectory(
        directory, PosixFilePermissions.asFileAttribute(Ownership.permissions(OWNER_ONLY)));
  }

  /** Flushes every directory, and the names of those that others hold. */
  void flush() throws IOException {
    for (String path : layout.directories()) {
      flush(layout.placeOfDirectory(path));
    }
    flushParent(places.target());
    if (places.walDirectory().isPresent()) {
      flushParent(places.walDirectory().get());
    }
    for (Place place : places.tablespaces().values()) {
      flushParent(place);
    }
  }

  private static void flushParent(Place place) throws IOException {
    if (!place.existed()) {
      flush(Objects.requireNonNull(place.path().getParent()));
    }
  }

  /** Flushes one directory. */
  static void flush(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes all that was made; directories that existed before are empty again. */
  void remove() throws IOException {
    for (Place place : filled) {
      remove(place);
    }
  }

  private static void remove(Place place) throws IOException {
    if (!Files.exists(place.path())) {
      return;
    }
    Files.walkFileTree(
        place.path(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            if (!place.existed() || !directory.equals(place.path())) {
              Files.delete(directory);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
