package org.walfmt.writer.connect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a connection service file: sections of {@code key=value} lines under {@code [service]}.
 *
 * <p>Source: PostgreSQL 18, {@code fe-connect.c}, {@code parseServiceInfo} and {@code
 * parseServiceFile}.
 */
final class ServiceFile {
  private static final String SYSTEM_FILE = "pg_service.conf";

  private ServiceFile() {}

  /** Returns the parameters of a service, from the user's file or else from the system's. */
  static Map<Keyword, String> find(String service, ConnectionEnvironment environment)
      throws ConnectionFailedException {
    String named = environment.variables().get("PGSERVICEFILE");
    Path ofUser = named == null ? environment.home().resolve(".pg_service.conf") : Path.of(named);
    if (named != null || Files.exists(ofUser)) {
      Optional<Map<Keyword, String>> found = read(ofUser, service);
      if (found.isPresent()) {
        return found.get();
      }
    }
    for (Path directory : systemDirectories(environment)) {
      Path ofSystem = directory.resolve(SYSTEM_FILE);
      if (Files.exists(ofSystem)) {
        Optional<Map<Keyword, String>> found = read(ofSystem, service);
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    throw ConnectionFailedException.invalid("definition of service \"" + service + "\" not found");
  }

  private static List<Path> systemDirectories(ConnectionEnvironment environment) {
    String named = environment.variables().get("PGSYSCONFDIR");
    return named == null ? environment.systemServiceDirectories() : List.of(Path.of(named));
  }

  private static Optional<Map<Keyword, String>> read(Path file, String service)
      throws ConnectionFailedException {
    List<String> lines;
    try {
      lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw ConnectionFailedException.invalid("service file \"" + file + "\" not found", e);
    }
    Map<Keyword, String> parameters = new EnumMap<>(Keyword.class);
    boolean inSection = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("[")) {
        if (inSection) {
          break;
        }
        inSection = line.startsWith("[" + service + "]");
      } else if (inSection) {
        addParameter(parameters, line, "service file \"" + file + "\", line " + (i + 1));
      }
    }
    return inSection ? Optional.of(parameters) : Optional.empty();
  }

  /** Adds one line's parameter; of one given twice, the first value holds. */
  private static void addParameter(Map<Keyword, String> parameters, String line, String where)
      throws ConnectionFailedException {
    if (line.startsWith("ldap")) {
      throw ConnectionFailedException.invalid("LDAP lookup not supported in " + where);
    }
    int equals = line.indexOf('=');
    Optional<Keyword> keyword =
        equals < 0 ? Optional.empty() : Keyword.of(line.substring(0, equals));
    if (keyword.isEmpty()) {
      throw ConnectionFailedException.invalid("syntax error in " + where);
    }
    if (keyword.get() == Keyword.SERVICE) {
      throw ConnectionFailedException.invalid(
          "nested service specifications not supported in " + where);
    }
    parameters.putIfAbsent(keyword.get(), line.substring(equals + 1));
  }
}
