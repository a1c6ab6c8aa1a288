package org.walfmt.cli.print;

import java.io.PrintWriter;

/** A line a fact, names first and values in one column, as pg_controldata prints them. */
public final class Facts {
  private static final int WIDTH = 26;

  private final PrintWriter out;

  /** Facts go to {@code out}. */
  public Facts(PrintWriter out) {
    this.out = out;
  }

  /** Prints one fact. */
  public void line(String name, Object value) {
    String head = name + ":";
    String gap = " ".repeat(Math.max(1, WIDTH - head.length()));
    out.println((head + gap + Text.oneLine(value.toString())).stripTrailing());
  }
}
