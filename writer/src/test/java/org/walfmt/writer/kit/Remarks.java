package org.walfmt.writer.kit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.walfmt.Monitor;

/** A monitor that keeps what it hears. */
public final class Remarks implements Monitor {
  private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
  private final List<String> infos = Collections.synchronizedList(new ArrayList<>());

  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  public List<String> infos() {
    return List.copyOf(infos);
  }

  @Override
  public void phase(String name, long totalBytes) {}

  @Override
  public void advance(long bytes) {}

  @Override
  public void warning(String line) {
    warnings.add(line);
  }

  @Override
  public void info(String line) {
    infos.add(line);
  }
}
