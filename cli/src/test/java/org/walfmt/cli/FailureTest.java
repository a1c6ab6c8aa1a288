package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.archive.DifferentContentException;

class FailureTest {
  static Stream<Arguments> eachKindOfFailure() {
    return Stream.of(
        Arguments.of(new CorruptWalException("bad"), 3, "bad"),
        Arguments.of(new TruncatedWalException("cut"), 4, "cut"),
        Arguments.of(new UnsupportedWalException("new"), 5, "new"),
        Arguments.of(new RefusedException(Reason.INCOMPLETE, "a"), 4, "a"),
        Arguments.of(new RefusedException(Reason.UNSUPPORTED, "b"), 5, "b"),
        Arguments.of(new RefusedException(Reason.MISMATCH, "c"), 6, "c"),
        Arguments.of(new RefusedException(Reason.PRECONDITION, "d"), 8, "d"),
        Arguments.of(
            new DifferentContentException("F", "/a"),
            6,
            "file \"F\" is in archive \"/a\" with different content"),
        Arguments.of(new IOException("broken"), 7, "broken"),
        Arguments.of(new IOException((String) null), 7, "input or output failed"),
        Arguments.of(new UncheckedIOException(new IOException("inside")), 7, "inside"),
        Arguments.of(new InterruptedIOException("x"), 130, "interrupted"),
        Arguments.of(new ClosedByInterruptException(), 130, "interrupted"),
        Arguments.of(new FileLockInterruptionException(), 130, "interrupted"),
        Arguments.of(
            new NoSuchFileException("/f"),
            7,
            "could not open file \"/f\": No such file or directory"),
        Arguments.of(
            new AccessDeniedException("/f"), 7, "could not access \"/f\": Permission denied"),
        Arguments.of(new FileAlreadyExistsException("/f"), 7, "file \"/f\" already exists"),
        Arguments.of(new NotDirectoryException("/f"), 7, "\"/f\" is not a directory"),
        Arguments.of(new DirectoryNotEmptyException("/d"), 7, "directory \"/d\" is not empty"),
        Arguments.of(
            new FileSystemException("/f", null, "No space left on device"),
            7,
            "could not access \"/f\": No space left on device"),
        Arguments.of(
            new IOException("No space left on device"),
            7,
            "could not write a file: No space left on device"),
        Arguments.of(new IllegalStateException("oops"), 1, "internal error: oops"));
  }

  @ParameterizedTest
  @MethodSource("eachKindOfFailure")
  void hasItsStatusAndMessage(Exception e, int status, String message) {
    Failure failure = Failure.of(e);
    assertThat(failure.status()).isEqualTo(status);
    assertThat(failure.message()).isEqualTo(message);
  }

  @Test
  void passesOnDetailAndHint() {
    Failure failure = Failure.of(new RefusedException(Reason.MISMATCH, "m", "d", "h"));
    assertThat(failure.detail()).isEqualTo(Optional.of("d"));
    assertThat(failure.hint()).isEqualTo(Optional.of("h"));
  }

  @Test
  void tellsWhatToDoWithoutSpace() {
    assertThat(Failure.of(new IOException("No space left on device")).hint())
        .hasValue("Free some space and run the command again; what it had begun does not count.");
  }
}
