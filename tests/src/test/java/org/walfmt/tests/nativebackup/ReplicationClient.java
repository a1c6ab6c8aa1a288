package org.walfmt.tests.nativebackup;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A session of the replication protocol, over TCP and with trust authentication, since PgJDBC knows
 * neither {@code BASE_BACKUP} nor {@code UPLOAD_MANIFEST}. All numbers are big-endian.
 *
 * <p>Source: PostgreSQL's {@code libpq/protocol.h}; message formats in its manual,
 * "Frontend/Backend Protocol".
 */
final class ReplicationClient implements AutoCloseable {
  static final char COMMAND_COMPLETE = 'C';
  static final char COPY_DATA = 'd';
  static final char COPY_DONE = 'c';
  static final char COPY_IN_RESPONSE = 'G';
  static final char COPY_OUT_RESPONSE = 'H';
  static final char DATA_ROW = 'D';
  static final char READY_FOR_QUERY = 'Z';
  static final char ROW_DESCRIPTION = 'T';

  private static final char AUTHENTICATION = 'R';
  private static final char ERROR_RESPONSE = 'E';
  private static final char NOTICE_RESPONSE = 'N';
  private static final char PARAMETER_STATUS = 'S';
  private static final char QUERY = 'Q';
  private static final char TERMINATE = 'X';
  private static final int PROTOCOL_3_0 = 3 << 16;
  private static final int COPY_CHUNK = 64 << 10;

  /** A message of the server: its type and what follows the length. */
  record Message(char type, ByteBuffer body) {}

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  private ReplicationClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
  }

  /** Connects to a server on this machine as a role that may replicate. */
  static ReplicationClient connect(int port, String user) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    try {
      ReplicationClient client = new ReplicationClient(socket);
      client.startUp(user);
      return client;
    } catch (Throwable e) {
      socket.close();
      throw e;
    }
  }

  private void startUp(String user) throws IOException {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    for (String word : new String[] {"user", user, "replication", "true", ""}) {
      words.write(word.getBytes(StandardCharsets.UTF_8));
      words.write(0);
    }
    out.writeInt(2 * Integer.BYTES + words.size());
    out.writeInt(PROTOCOL_3_0);
    words.writeTo(out);
    out.flush();
    Message authentication = expect(AUTHENTICATION);
    int method = authentication.body().getInt(0);
    if (method != 0) {
      throw new IOException("the server asks for authentication by method " + method);
    }
    skipTo(READY_FOR_QUERY);
  }

  /** Sends a command; its answer is to be received up to {@link #READY_FOR_QUERY}. */
  void send(String command) throws IOException {
    byte[] text = (command + "\0").getBytes(StandardCharsets.UTF_8);
    write(QUERY, text, text.length);
    out.flush();
  }

  /** Runs a command that takes a file, such as {@code UPLOAD_MANIFEST}. */
  void copyIn(String command, InputStream file) throws IOException {
    send(command);
    expect(COPY_IN_RESPONSE);
    byte[] chunk = new byte[COPY_CHUNK];
    for (int length = file.read(chunk); length >= 0; length = file.read(chunk)) {
      write(COPY_DATA, chunk, length);
    }
    write(COPY_DONE, chunk, 0);
    out.flush();
    skipTo(READY_FOR_QUERY);
  }

  /** The next message that is no notice; an error of the server is thrown. */
  Message receive() throws IOException {
    while (true) {
      char type = (char) in.readUnsignedByte();
      byte[] body = new byte[in.readInt() - Integer.BYTES];
      in.readFully(body);
      if (type == ERROR_RESPONSE) {
        throw new IOException("the server answers: " + errorText(body));
      }
      if (type != NOTICE_RESPONSE && type != PARAMETER_STATUS) {
        return new Message(type, ByteBuffer.wrap(body));
      }
    }
  }

  /** The next message, which must be of this type. */
  Message expect(char type) throws IOException {
    Message message = receive();
    if (message.type() != type) {
      throw new IOException("message '" + message.type() + "', expected '" + type + "'");
    }
    return message;
  }

  /** Passes over messages, the first of this type included. */
  void skipTo(char type) throws IOException {
    Message message = receive();
    while (message.type() != type) {
      message = receive();
    }
  }

  private void write(char type, byte[] body, int length) throws IOException {
    out.writeByte(type);
    out.writeInt(Integer.BYTES + length);
    out.write(body, 0, length);
  }

  /** The fields of an error, each with a letter before it, as lines. */
  private static String errorText(byte[] body) {
    return new String(body, StandardCharsets.UTF_8).replace('\0', '\n').strip();
  }

  @Override
  public void close() throws IOException {
    try (socket) {
      write(TERMINATE, new byte[0], 0);
      out.flush();
    }
  }
}
