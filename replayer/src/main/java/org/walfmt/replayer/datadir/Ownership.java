package org.walfmt.replayer.datadir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Owner and permission bits of what is made. A restore by root gives everything to the owner of the
 * target directory, or of its parent if there was no target: the server does not run as root. Any
 * other user keeps what he makes.
 */
public final class Ownership {
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private record Owner(UserPrincipal user, GroupPrincipal group) {}

  private final Optional<Owner> owner;

  private Ownership(Optional<Owner> owner) {
    this.owner = owner;
  }

  /**
   * Takes the owner of {@code example} for all that is made.
   *
   * @param directory one to try it in, by making a file: so this process learns who it is
   */
  public static Ownership like(Path example, Path directory) throws IOException {
    PosixFileAttributes wanted = Files.readAttributes(example, PosixFileAttributes.class);
    Path own = Files.createTempFile(directory, ".walfmt", ".tmp");
    PosixFileAttributes mine = Files.readAttributes(own, PosixFileAttributes.class);
    boolean root = Files.getAttribute(own, "unix:uid").equals(0);
    Files.delete(own);
    boolean same = wanted.owner().equals(mine.owner()) && wanted.group().equals(mine.group());
    return new Ownership(
        root && !same ? Optional.of(new Owner(wanted.owner(), wanted.group())) : Optional.empty());
  }

  /** Name of the owner, if it is not who restores. */
  Optional<String> ownerName() {
    return owner.map(each -> each.user().getName());
  }

  /** Sets owner and bits of a file or directory that was just made; never follows a link. */
  public void apply(Path path, int mode) throws IOException {
    view(path).setPermissions(permissions(mode));
    applyOwner(path);
  }

  /** Sets the owner alone, of a symbolic link itself. */
  public void applyOwner(Path path) throws IOException {
    if (owner.isPresent()) {
      PosixFileAttributeView view = view(path);
      view.setGroup(owner.get().group());
      view.setOwner(owner.get().user());
    }
  }

  private static PosixFileAttributeView view(Path path) {
    return Objects.requireNonNull(
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
  }

  /** The permissions that a mode stands for. */
  public static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < BITS.length; i++) {
      if ((mode & 1 << i) != 0) {
        permissions.add(BITS[i]);
      }
    }
    return permissions;
  }
}
