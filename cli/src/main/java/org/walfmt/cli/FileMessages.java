package org.walfmt.cli;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.Objects;

/**
 * The JDK's file exceptions, whose messages are mere paths, in PostgreSQL's words: {@code could not
 * open file "...": No such file or directory}.
 */
final class FileMessages {
  private FileMessages() {}

  static String describe(FileSystemException e) {
    String file = "\"" + Objects.requireNonNullElse(e.getFile(), "?") + "\"";
    if (e instanceof NoSuchFileException) {
      return "could not open file " + file + ": No such file or directory";
    } else if (e instanceof AccessDeniedException) {
      return "could not access " + file + ": Permission denied";
    } else if (e instanceof FileAlreadyExistsException) {
      return "file " + file + " already exists";
    } else if (e instanceof NotDirectoryException) {
      return file + " is not a directory";
    } else if (e instanceof DirectoryNotEmptyException) {
      return "directory " + file + " is not empty";
    } else if (e instanceof NotLinkException) {
      return file + " is not a symbolic link";
    } else if (e instanceof FileSystemLoopException) {
      return "symbolic links at " + file + " lead in a circle";
    }
    String reason = e.getReason();
    return "could not access " + file + (reason == null ? "" : ": " + reason);
  }
}
