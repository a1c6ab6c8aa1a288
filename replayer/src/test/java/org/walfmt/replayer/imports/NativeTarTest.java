package org.walfmt.replayer.imports;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.UnsupportedWalException;

/** Tars that nobody has to trust. */
class NativeTarTest {
  private static final int SIZE = 124;

  @TempDir Path directory;
  private Path target;
  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

  @BeforeEach
  void makeTarget() throws IOException {
    target = Files.createDirectory(directory.resolve("target"));
    Files.setAttribute(target, "unix:mode", 0700);
  }

  private void member(String name, char type, int mode, byte[] contents) {
    member(name, type, mode, String.format("%011o", contents.length).getBytes(US_ASCII), contents);
  }

  private void member(String name, char type, int mode, byte[] size, byte[] contents) {
    byte[] header = new byte[512];
    put(header, 0, name.getBytes(US_ASCII));
    put(header, 100, String.format("%07o", mode).getBytes(US_ASCII));
    put(header, SIZE, size);
    header[156] = (byte) type;
    put(header, 157, "/etc".getBytes(US_ASCII));
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xFF;
    }
    put(header, 148, String.format("%06o\0", sum).getBytes(US_ASCII));
    tar.writeBytes(header);
    tar.writeBytes(Arrays.copyOf(contents, (contents.length + 511) / 512 * 512));
  }

  private static void put(byte[] header, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private void unpack() throws IOException {
    Path file = directory.resolve("base.tar");
    Files.write(file, tar.toByteArray());
    NativeTar.unpack(file, target);
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0777;
  }

  @Test
  void unpacksFilesAndDirectories() throws IOException {
    member("base/", '5', 0750, new byte[0]);
    member("base/1/16384", '0', 0600, new byte[1000]);
    member("./PG_VERSION", '0', 0640, "17\n".getBytes(US_ASCII));
    unpack();
    assertThat(target.resolve("base/1/16384")).hasSize(1000);
    assertThat(target.resolve("PG_VERSION")).hasContent("17\n");
    assertThat(List.of(mode(target.resolve("base")), mode(target.resolve("PG_VERSION"))))
        .containsExactly(0750, 0640);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil", "/evil", "base/../../evil", "a//b", "a/./b", "..", "/"})
  void refusesPathsThatLeadOutside(String path) throws IOException {
    member(path, '0', 0600, new byte[10]);
    if (path.equals("/")) { // nothing is left of it but the directory itself
      assertThatThrownBy(this::unpack).isInstanceOf(FileAlreadyExistsException.class);
    } else {
      assertThatThrownBy(this::unpack)
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("has unsafe path");
    }
    assertThat(directory.resolve("evil")).doesNotExist();
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void noLinkIsMadeAndNothingGoesThroughOne() throws IOException {
    member("out", '2', 0777, new byte[0]);
    member("out/passwd", '0', 0600, new byte[10]);
    unpack();
    assertThat(Files.isSymbolicLink(target.resolve("out"))).isFalse();
    assertThat(target.resolve("out/passwd")).hasSize(10);
  }

  @ParameterizedTest
  @ValueSource(chars = {'1', '3', '6', 'L', 'x'})
  void refusesOtherKindsOfMembers(char type) {
    member("a", type, 0600, new byte[0]);
    assertThatThrownBy(this::unpack)
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessageEndingWith("has a member of kind \"" + type + "\"");
  }

  @Test
  void keepsItsOwnDirectoryPrivateAndAllInItRemovable() throws IOException {
    member("./", '5', 0777, new byte[0]);
    member("sealed/", '5', 0, new byte[0]);
    member("sealed/file", '0', 0, new byte[10]);
    unpack();
    assertThat(mode(target)).isEqualTo(0700);
    assertThat(mode(target.resolve("sealed"))).isEqualTo(0700);
    assertThat(mode(target.resolve("sealed/file"))).isEqualTo(0400);
  }

  @Test
  void aLengthBeyondTheEndIsDamage() {
    byte[] size = ByteBuffer.allocate(12).put(0, (byte) 0x80).putLong(4, Long.MAX_VALUE).array();
    member("a", '0', 0600, size, new byte[10]);
    assertThatThrownBy(this::unpack)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageEndingWith("ends within a member");
  }

  @Test
  void aNegativeLengthIsDamage() {
    byte[] size = ByteBuffer.allocate(12).put(0, (byte) 0xFF).putLong(4, -512).array();
    member("a", '0', 0600, size, new byte[10]);
    assertThatThrownBy(this::unpack)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageEndingWith("has a member of -512 bytes");
  }

  @Test
  void aFileThatComesTwiceIsNotOverwritten() throws IOException {
    member("a", '0', 0600, "first".getBytes(US_ASCII));
    member("a", '0', 0600, "second".getBytes(US_ASCII));
    assertThatThrownBy(this::unpack).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target.resolve("a")).hasContent("first");
  }

  @Test
  void aChangedHeaderIsDamage() {
    member("a", '0', 0600, new byte[10]);
    byte[] bytes = tar.toByteArray();
    bytes[100] ^= 1;
    tar.reset();
    tar.writeBytes(bytes);
    assertThatThrownBy(this::unpack)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageEndingWith("has a header with a wrong checksum");
  }
}
