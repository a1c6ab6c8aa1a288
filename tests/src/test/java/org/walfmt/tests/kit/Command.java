package org.walfmt.tests.kit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A program about to be run, without the caller's PG* variables and with English messages. */
public final class Command {
  private final List<String> words;
  private final Map<String, String> environment = new TreeMap<>();
  private Path directory = Path.of("/");
  private Duration limit = Duration.ofMinutes(10);
  private @Nullable Path input;

  private Command(List<String> words) {
    this.words = words;
  }

  public static Command of(List<String> words) {
    return new Command(List.copyOf(words));
  }

  public static Command of(Path program, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(program.toString());
    words.addAll(List.of(arguments));
    return new Command(words);
  }

  /** The same command, run by the user that runs servers. */
  public Command asServerUser() {
    return as(ServerUser.get());
  }

  /** The same command, run by {@code user}. */
  public Command as(ServerUser user) {
    Command other = new Command(user.wrap(words));
    other.environment.putAll(environment);
    other.directory = directory;
    other.limit = limit;
    other.input = input;
    return other;
  }

  /** The same command under limits that {@code prlimit} sets, such as {@code --fsize=8388608}. */
  public Command limited(String... options) {
    List<String> limited = new ArrayList<>(List.of("prlimit"));
    limited.addAll(List.of(options));
    limited.addAll(words);
    Command other = new Command(List.copyOf(limited));
    other.environment.putAll(environment);
    other.directory = directory;
    other.limit = limit;
    other.input = input;
    return other;
  }

  public Command env(String name, String value) {
    environment.put(name, value);
    return this;
  }

  public Command in(Path workingDirectory) {
    directory = workingDirectory;
    return this;
  }

  /** What the program reads from standard input; nothing otherwise. */
  public Command reading(Path file) {
    input = file;
    return this;
  }

  /** How long {@link #run} waits before it kills the program and fails the test. */
  public Command within(Duration time) {
    limit = time;
    return this;
  }

  /** Runs the program to its end. */
  public Outcome run() {
    Running running = start();
    try {
      return running.await(limit);
    } finally {
      running.close();
    }
  }

  /** Starts the program and returns at once. */
  public Running start() {
    try {
      Path out = Files.createTempFile("walfmt-out", ".txt");
      Path err = Files.createTempFile("walfmt-err", ".txt");
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.directory(directory.toFile());
      builder.redirectInput(input == null ? Path.of("/dev/null").toFile() : input.toFile());
      builder.redirectOutput(out.toFile());
      builder.redirectError(err.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().putAll(environment);
      return new Running(String.join(" ", words), builder.start(), out, err);
    } catch (IOException e) {
      throw new AssertionError("cannot run " + words, e);
    }
  }

  /** A program that runs; closing it kills it. */
  public static final class Running implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Path out;
    private final Path err;

    private Running(String name, Process process, Path out, Path err) {
      this.name = name;
      this.process = process;
      this.out = out;
      this.err = err;
    }

    public Process process() {
      return process;
    }

    /** What it has printed on standard output so far. */
    public String out() {
      return read(out);
    }

    /** What it has printed on standard error so far. */
    public String err() {
      return read(err);
    }

    /** Waits for its end; after {@code limit}, kills it and fails the test. */
    public Outcome await(Duration limit) {
      try {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          kill();
          throw new AssertionError("still running after " + limit + ": " + outcome(137));
        }
        return outcome(process.exitValue());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + name, e);
      }
    }

    /** Ends it as {@code kill -9} does. */
    public void kill() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      boolean interrupted = false;
      while (process.isAlive()) {
        try {
          process.waitFor();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    /** Sends a signal, such as {@code INT}. */
    public void signal(String signal) {
      Command.of(Path.of("/bin/kill"), "-s", signal, Long.toString(process.pid())).run().orFail();
    }

    @Override
    public void close() {
      kill();
      try {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      } catch (IOException e) {
        throw new AssertionError("cannot delete the output of " + name, e);
      }
    }

    private Outcome outcome(int status) {
      return new Outcome(name, status, out(), err());
    }

    private static String read(Path file) {
      try {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new AssertionError("cannot read " + file, e);
      }
    }
  }
}
