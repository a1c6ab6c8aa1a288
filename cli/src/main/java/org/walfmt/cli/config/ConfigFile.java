package org.walfmt.cli.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A configuration file: {@code [global]} and one section a cluster, lines of {@code key = value}.
 * Lines that begin with {@code #} or {@code ;} are comments; a value is all that follows, without
 * the spaces around it.
 */
final class ConfigFile {
  static final String GLOBAL = "global";

  private static final Pattern SECTION = Pattern.compile("\\[([A-Za-z0-9_][A-Za-z0-9_.-]*)]");
  private static final Pattern ENTRY = Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(.*)");
  private static final Set<PosixFilePermission> OF_OTHERS =
      EnumSet.range(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_EXECUTE);

  private final Path file;
  private final Set<String> options;
  private final Map<String, Map<String, Setting>> sections = new LinkedHashMap<>();

  private ConfigFile(Path file, Set<String> options) {
    this.file = file;
    this.options = options;
  }

  /**
   * Reads a file.
   *
   * @param options names of all options of all commands, for messages
   */
  static ConfigFile read(Path file, Set<String> options)
      throws IOException, InvalidConfigurationException {
    ConfigFile config = new ConfigFile(file, options);
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new InvalidConfigurationException(
          "file \"" + file + "\" is not text in UTF-8", "Save it in that encoding.");
    }
    String section = "";
    int number = 0;
    boolean isFirst = true;
    for (String each : lines) {
      number++;
      String line = (isFirst && each.startsWith("\uFEFF") ? each.substring(1) : each).strip();
      isFirst = false;
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      if (line.startsWith("[")) {
        section = config.begin(line, number);
      } else {
        config.add(section, line, number);
      }
    }
    config.checkSecrecy();
    return config;
  }

  private String origin(int line) {
    return "file \"" + file + "\", line " + line;
  }

  private InvalidConfigurationException invalid(int line, String fact, String hint) {
    return new InvalidConfigurationException(origin(line) + ": " + fact, hint);
  }

  private String begin(String line, int number) throws InvalidConfigurationException {
    Matcher form = SECTION.matcher(line);
    if (!form.matches()) {
      throw invalid(
          number,
          "\"" + line + "\" is no section",
          "Sections are [global] and one for each cluster, such as [main]: letters, digits, _ . -");
    }
    String name = form.group(1);
    if (!name.equals(GLOBAL) && name.toLowerCase(Locale.ROOT).equals(GLOBAL)) {
      throw invalid(number, "unknown section [" + name + "]", "Write it as [global].");
    }
    if (sections.putIfAbsent(name, new LinkedHashMap<>()) != null) {
      throw invalid(number, "section [" + name + "] is there twice", "Put the two together.");
    }
    return name;
  }

  private void add(String section, String line, int number) throws InvalidConfigurationException {
    Matcher form = ENTRY.matcher(line);
    if (!form.matches()) {
      throw invalid( // not the line itself: it may hold a password
          number, "neither a section nor a key with a value", "Write lines as key = value.");
    }
    String key = form.group(1);
    if (section.isEmpty()) {
      throw invalid(number, "key " + key + " stands before any section", "Begin with [global].");
    }
    requireKey(key, number);
    Level level = section.equals(GLOBAL) ? Level.GLOBAL : Level.CLUSTER;
    Setting setting = Values.setting(key, form.group(2), level, origin(number));
    Map<String, Setting> settings = Objects.requireNonNull(sections.get(section));
    if (settings.putIfAbsent(key, setting) != null) {
      throw invalid(
          number, "key " + key + " is there twice in section [" + section + "]", "Remove one.");
    }
  }

  private void requireKey(String key, int number) throws InvalidConfigurationException {
    if (Keys.isKey(key)) {
      return;
    } else if (key.equals(Values.PASSWORD)) {
      throw invalid(number, "there is no key password", Values.PASSWORD_HINT);
    } else if (options.contains(key)) {
      throw invalid(
          number,
          "option --" + key + " may only be given on the command line",
          "Remove the key: it tells what one run is to do.");
    }
    throw invalid(
        number,
        "unknown key " + key,
        "Keys are the long names of options, such as archive or restore-command.");
  }

  /** As libpq does for password files: a secret that others can read is none. */
  private void checkSecrecy() throws IOException, InvalidConfigurationException {
    for (Map<String, Setting> settings : sections.values()) {
      for (Map.Entry<String, Setting> entry : settings.entrySet()) {
        if (Values.holdsSecret(entry.getValue().value()) && othersMayRead()) {
          throw new InvalidConfigurationException(
              entry.getValue().origin()
                  + ": key "
                  + entry.getKey()
                  + " holds a password, and the file has group or world access",
              "chmod 600 " + file + ", or better keep the password in ~/.pgpass.");
        }
      }
    }
  }

  private boolean othersMayRead() throws IOException {
    return Files.getFileStore(file).supportsFileAttributeView("posix")
        && !Collections.disjoint(Files.getPosixFilePermissions(file), OF_OTHERS);
  }

  Path file() {
    return file;
  }

  /** Names of the clusters. */
  Set<String> clusters() {
    Set<String> names = new TreeSet<>(sections.keySet());
    names.remove(GLOBAL);
    return names;
  }

  /** What a section says; nothing if there is none. */
  Map<String, Setting> section(String name) {
    return sections.getOrDefault(name, Map.of());
  }
}
