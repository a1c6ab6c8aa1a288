package org.walfmt.writer.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import javax.net.SocketFactory;
import org.newsclub.net.unix.AFUNIXSocket;
import org.newsclub.net.unix.AFUNIXSocketAddress;

/**
 * Makes PgJDBC's sockets lead to one target: a Unix-domain socket, or one of a host's addresses.
 *
 * <p>PgJDBC knows neither Unix-domain sockets nor hosts of several addresses; it keeps the host's
 * name for the check of certificates. Public because PgJDBC makes it by name, also for the socket
 * of a cancel request.
 */
public final class TargetSocketFactory extends SocketFactory {
  private final String target;

  /**
   * Makes a factory.
   *
   * @param target path of a Unix-domain socket ({@code @} first: in the abstract namespace), or a
   *     numeric address
   */
  public TargetSocketFactory(String target) {
    this.target = target;
  }

  @Override
  public Socket createSocket() throws IOException {
    if (target.startsWith("/") || target.startsWith("@")) {
      return unixSocket();
    }
    return new AddressSocket(InetAddress.getByName(target));
  }

  /** Returns a socket already connected, which PgJDBC then does not connect again. */
  private Socket unixSocket() throws IOException {
    if (!AFUNIXSocket.isSupported()) {
      throw new SocketException("Unix-domain sockets are not supported on this platform");
    }
    return AFUNIXSocket.connectTo(
        target.startsWith("@")
            ? AFUNIXSocketAddress.inAbstractNamespace(target.substring(1))
            : AFUNIXSocketAddress.of(target.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(port);
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return connected(port);
  }

  private Socket connected(int port) throws IOException {
    Socket socket = createSocket();
    if (!socket.isConnected()) {
      socket.connect(new InetSocketAddress(target, port));
    }
    return socket;
  }

  /** A socket that connects to one address, whatever address the host's name is looked up as. */
  private static final class AddressSocket extends Socket {
    private final InetAddress address;

    AddressSocket(InetAddress address) {
      this.address = address;
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      int port = ((InetSocketAddress) endpoint).getPort();
      super.connect(new InetSocketAddress(address, port), timeout);
    }
  }
}
