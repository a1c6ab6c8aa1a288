package org.walfmt.cli;

/** States of monitoring plugins, the worst last. */
enum PluginState {
  OK(0),
  WARNING(1),
  CRITICAL(2),
  UNKNOWN(3);

  private final int exitStatus;

  PluginState(int exitStatus) {
    this.exitStatus = exitStatus;
  }

  PluginState worse(PluginState other) {
    return compareTo(other) < 0 ? other : this;
  }

  int exitStatus() {
    return exitStatus;
  }
}
