package org.walfmt;

/** Hears what long work has to say while it goes on. May be called by several threads. */
public interface Monitor {
  /** A new phase begins. */
  void phase(String name, long totalBytes);

  /** That many more bytes of the phase are done. */
  void advance(long bytes);

  /** Something the user should know, one line. */
  void warning(String line);

  /** Something that may interest, one line. */
  void info(String line);
}
