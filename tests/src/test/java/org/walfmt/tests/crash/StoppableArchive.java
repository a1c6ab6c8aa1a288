package org.walfmt.tests.crash;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.walfmt.archive.Archive;
import org.walfmt.archive.DirectoryArchive;

/** An archive that lets go of a few files and then fails, as if walfmt had been killed. */
final class StoppableArchive {
  static final String KILLED = "killed";

  private StoppableArchive() {}

  static Archive of(Path directory, int life) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(directory, "test");
    AtomicInteger left = new AtomicInteger(life);
    return (Archive)
        Proxy.newProxyInstance(
            Archive.class.getClassLoader(),
            new Class<?>[] {Archive.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("delete") && left.getAndDecrement() <= 0) {
                throw new IOException(KILLED);
              }
              try {
                return method.invoke(archive, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
