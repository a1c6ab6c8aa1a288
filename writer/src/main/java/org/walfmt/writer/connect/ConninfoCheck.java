package org.walfmt.writer.connect;

import java.util.Map;

/** Looks at a connection string that somebody else will use, such as a standby. */
public final class ConninfoCheck {
  private ConninfoCheck() {}

  /**
   * Whether there is a password in it.
   *
   * @param text a connection string or URI, as libpq takes it
   * @throws ConnectionFailedException if libpq would not take it
   */
  public static boolean hasPassword(String text) throws ConnectionFailedException {
    Map<Keyword, String> parameters =
        ConnectionUri.isUri(text) ? ConnectionUri.parse(text) : ConninfoString.parse(text);
    return parameters.containsKey(Keyword.PASSWORD) || parameters.containsKey(Keyword.SSLPASSWORD);
  }
}
