package org.walfmt.writer.connect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.postgresql.PGProperty;

/**
 * What decides how a TCP connection is protected: TLS, channel binding, GSSAPI.
 *
 * <p>Files are those of libpq, {@code root.crt}, {@code postgresql.crt} and {@code postgresql.key}
 * in {@code ~/.postgresql}, where PgJDBC alone would look for a key in DER.
 */
final class TlsParameters {
  private static final Set<String> MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
  private static final Set<String> NEGOTIATIONS = Set.of("postgres", "direct");
  private static final Set<String> CHANNEL_BINDINGS = Set.of("disable", "prefer", "require");
  private static final Set<String> GSS_MODES = Set.of("disable", "prefer", "require");
  private static final String SYSTEM_ROOTS = "system";

  private final Map<Keyword, String> values;
  private final ConnectionEnvironment environment;
  private final Path directory;

  TlsParameters(Map<Keyword, String> values, ConnectionEnvironment environment) {
    this.values = values;
    this.environment = environment;
    this.directory = environment.home().resolve(".postgresql");
  }

  /** Returns PgJDBC's properties for what the parameters ask for. */
  Map<String, String> toDriverProperties() throws ConnectionFailedException {
    Map<String, String> properties = new HashMap<>();
    String roots = value(Keyword.SSLROOTCERT);
    Path rootFile = roots.isEmpty() ? directory.resolve("root.crt") : Path.of(roots);
    String mode = mode(roots);
    if (roots.equals(SYSTEM_ROOTS)) {
      properties.put(PGProperty.SSL_FACTORY.getName(), "org.postgresql.ssl.DefaultJavaSSLFactory");
    } else {
      properties.put(PGProperty.SSL_ROOT_CERT.getName(), rootFile.toString());
      if (mode.equals("require") && Files.exists(rootFile)) {
        mode = "verify-ca"; // as in libpq: who has a root certificate means it
      }
    }
    properties.put(PGProperty.SSL_MODE.getName(), mode);
    addClientCertificate(properties);
    check(Keyword.SSLNEGOTIATION, NEGOTIATIONS);
    copy(Keyword.SSLNEGOTIATION, PGProperty.SSL_NEGOTIATION, properties);
    check(Keyword.CHANNEL_BINDING, CHANNEL_BINDINGS);
    copy(Keyword.CHANNEL_BINDING, PGProperty.CHANNEL_BINDING, properties);
    check(Keyword.GSSENCMODE, GSS_MODES);
    copy(Keyword.GSSENCMODE, PGProperty.GSS_ENC_MODE, properties);
    copy(Keyword.KRBSRVNAME, PGProperty.KERBEROS_SERVER_NAME, properties);
    copy(Keyword.GSSLIB, PGProperty.GSS_LIB, properties);
    return properties;
  }

  private String mode(String roots) throws ConnectionFailedException {
    boolean systemRoots = roots.equals(SYSTEM_ROOTS);
    String mode = value(Keyword.SSLMODE);
    if (mode.isEmpty()) {
      boolean required = environment.variables().getOrDefault("PGREQUIRESSL", "").startsWith("1");
      return systemRoots ? "verify-full" : required ? "require" : "prefer";
    }
    check(Keyword.SSLMODE, MODES);
    if (systemRoots && !mode.equals("verify-full")) {
      throw ConnectionFailedException.invalid(
          "weak sslmode \""
              + mode
              + "\" may not be used with sslrootcert=system (use \"verify-full\")");
    }
    return mode;
  }

  private void addClientCertificate(Map<String, String> properties) {
    String certificate = value(Keyword.SSLCERT);
    Path certificateFile =
        certificate.isEmpty() ? directory.resolve("postgresql.crt") : Path.of(certificate);
    if (certificate.isEmpty() && !Files.exists(certificateFile)) {
      return;
    }
    String key = value(Keyword.SSLKEY);
    Path keyFile = key.isEmpty() ? directory.resolve("postgresql.key") : Path.of(key);
    properties.put(PGProperty.SSL_CERT.getName(), certificateFile.toString());
    properties.put(PGProperty.SSL_KEY.getName(), keyFile.toString());
    properties.put(PGProperty.PEM_KEY_ALGORITHM.getName(), keyAlgorithm(certificateFile));
    copy(Keyword.SSLPASSWORD, PGProperty.SSL_PASSWORD, properties);
  }

  /** PgJDBC must be told what kind of key a PEM file holds; the certificate says so. */
  private static String keyAlgorithm(Path certificateFile) {
    try (InputStream in = Files.newInputStream(certificateFile)) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(in)
          .getPublicKey()
          .getAlgorithm();
    } catch (IOException | CertificateException e) {
      return "RSA"; // PgJDBC will say what is wrong with the file, if it comes to use it
    }
  }

  private void check(Keyword keyword, Set<String> allowed) throws ConnectionFailedException {
    String value = value(keyword);
    if (!value.isEmpty() && !allowed.contains(value)) {
      throw ConnectionFailedException.invalid(
          "invalid " + keyword.text() + " value: \"" + value + "\"");
    }
  }

  private void copy(Keyword keyword, PGProperty property, Map<String, String> properties) {
    if (!value(keyword).isEmpty()) {
      properties.put(property.getName(), value(keyword));
    }
  }

  private String value(Keyword keyword) {
    return values.getOrDefault(keyword, "");
  }
}
