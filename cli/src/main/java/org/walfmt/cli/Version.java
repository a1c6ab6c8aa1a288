package org.walfmt.cli;

import java.util.Objects;
import org.walfmt.PgVersion;
import picocli.CommandLine.IVersionProvider;

/** The version of this program, from the jar's manifest. */
final class Version implements IVersionProvider {
  private static final String UNPACKAGED = "development";

  /** As in {@code 0.1.0}; classes that are in no jar have no number. */
  static String number() {
    return Objects.requireNonNullElse(
        Version.class.getPackage().getImplementationVersion(), UNPACKAGED);
  }

  @Override
  public String[] getVersion() {
    return new String[] {"walfmt " + number(), "for " + PgVersion.SUPPORTED};
  }
}
