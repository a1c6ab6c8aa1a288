package org.walfmt.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Pages for tests. */
final class Pages {
  private Pages() {}

  static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static byte[] bytes(ByteBuffer page) {
    byte[] bytes = new byte[page.limit()];
    page.get(0, bytes);
    return bytes;
  }

  static ByteBuffer zeros(int size) {
    return littleEndian(new byte[size]);
  }

  static ByteBuffer random(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return littleEndian(bytes);
  }

  /** Byte i is (7 i + 3) mod 256, as in the vectors taken from a server's page_checksum(). */
  static ByteBuffer counting() {
    ByteBuffer page = zeros(PageHeader.PAGE_SIZE);
    for (int i = 0; i < PageHeader.PAGE_SIZE; i++) {
      page.put(i, (byte) (7 * i + 3));
    }
    return page;
  }

  /** A page just initialised: no line pointers, no special space, LSN 0. */
  static ByteBuffer initialised() {
    ByteBuffer page = zeros(PageHeader.PAGE_SIZE);
    page.putShort(12, (short) 24);
    page.putShort(14, (short) 8192);
    page.putShort(16, (short) 8192);
    page.putShort(18, (short) 0x2004);
    return page;
  }
}
