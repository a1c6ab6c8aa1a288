package org.walfmt.replayer.kit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.walfmt.SegmentName;
import org.walfmt.archive.Archive;
import org.walfmt.archive.PendingFile;
import org.walfmt.segment.SegmentInput;

/** An archive that remembers which segments were opened. */
public final class CountingArchive implements Archive {
  private final Archive archive;
  private final Set<String> opened = new TreeSet<>();

  public CountingArchive(Archive archive) {
    this.archive = archive;
  }

  /** Names of the segments of a series timeline that were opened since the last call. */
  public Set<String> takeSegments(String seriesTimeline) {
    Set<String> names = new TreeSet<>();
    for (String name : opened) {
      if (name.startsWith(seriesTimeline) && SegmentName.matches(name)) {
        names.add(name);
      }
    }
    opened.removeAll(names);
    return names;
  }

  @Override
  public String description() {
    return archive.description();
  }

  @Override
  public Optional<SegmentInput> open(String name) throws IOException {
    opened.add(name);
    return archive.open(name);
  }

  @Override
  public Optional<Long> length(String name) throws IOException {
    return archive.length(name);
  }

  @Override
  public PendingFile create(String name, boolean exclusive) throws IOException {
    return archive.create(name, exclusive);
  }

  @Override
  public boolean put(String name, Path file) throws IOException {
    return archive.put(name, file);
  }

  @Override
  public List<String> list() throws IOException {
    return archive.list();
  }

  @Override
  public Optional<String> firstMissing(List<String> names, long length) throws IOException {
    return archive.firstMissing(names, length);
  }

  @Override
  public void delete(String name) throws IOException {
    archive.delete(name);
  }

  @Override
  public Path runs() {
    return archive.runs();
  }
}
