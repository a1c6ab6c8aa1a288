package org.walfmt.tests.connect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import org.walfmt.tests.kit.Command;

/** Makes certificates, each signed by its own key, as PostgreSQL and libpq read them. */
final class Certificates {
  private static final String STORE_PASSWORD = "changeit";

  private Certificates() {}

  /**
   * Writes {@code NAME.crt} and {@code NAME.key} into a directory.
   *
   * @param algorithm of the key: RSA or EC
   */
  static void make(Path directory, String name, String commonName, String algorithm)
      throws IOException, GeneralSecurityException {
    Path store = directory.resolve(name + ".p12");
    Command.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool"),
            "-genkeypair",
            "-alias",
            name,
            "-keyalg",
            algorithm,
            "-dname",
            "CN=" + commonName,
            "-ext",
            "san=dns:" + commonName,
            "-validity",
            "2",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            STORE_PASSWORD)
        .run()
        .orFail();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, STORE_PASSWORD.toCharArray());
    }
    byte[] certificate = keys.getCertificate(name).getEncoded();
    byte[] key = keys.getKey(name, STORE_PASSWORD.toCharArray()).getEncoded();
    writePem(directory.resolve(name + ".crt"), "CERTIFICATE", certificate);
    writePem(directory.resolve(name + ".key"), "PRIVATE KEY", key);
  }

  private static void writePem(Path file, String kind, byte[] der) throws IOException {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
