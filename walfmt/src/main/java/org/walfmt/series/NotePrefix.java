package org.walfmt.series;

/** Prefixes of the logical messages that are notes, in the order of a series (rule SERIES-4). */
final class NotePrefix {
  static final String BEGIN = "walfmt.begin";
  static final String FILE = "walfmt.file";
  static final String CHUNK = "walfmt.chunk";
  static final String INVENTORY = "walfmt.inventory";
  static final String LABEL = "walfmt.label";
  static final String INDEX = "walfmt.index";
  static final String END = "walfmt.end";

  /** Notes of other programs begin so; readers pass over them (rule NOTE-3). */
  static final String EXTENSION = "walfmt.x-";

  private NotePrefix() {}
}
