package org.walfmt.cli.config;

/** Where the value of an option comes from, the weakest first. */
public enum Level {
  /** walfmt's own, or none at all. */
  DEFAULT,
  /** Section {@code [global]} of the file. */
  GLOBAL,
  /** The cluster's section of the file. */
  CLUSTER,
  /** An environment variable. */
  ENVIRONMENT,
  COMMAND_LINE
}
