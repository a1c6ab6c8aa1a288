package org.walfmt.writer.connect;

/** When to ask the user for a password. */
public enum PasswordPolicy {
  /** Only if the server demands a password and no source has one. */
  PROMPT_IF_NEEDED,
  /** Never: option {@code -w} of PostgreSQL's tools. */
  NEVER_PROMPT,
  /** Always, before the first attempt: option {@code -W} of PostgreSQL's tools. */
  FORCE_PROMPT
}
