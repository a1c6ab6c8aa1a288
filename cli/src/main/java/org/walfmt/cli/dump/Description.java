package org.walfmt.cli.dump;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.Rmgr;
import org.walfmt.segment.WalReader;

/**
 * What a record does beyond its operation's name: in full for walfmt's own notes, the essentials
 * for checkpoints, transactions and files, nothing for the rest. Times are UTC.
 *
 * <p>Nothing here trusts the main data: what is too short is left out.
 */
final class Description {
  private static final int XACT = 1;
  private static final int STORAGE = 2;
  private static final int DATABASE = 4;
  private static final int MAX_SHOWN = 16 << 10;
  private static final int CHECKPOINT_LENGTH = 88;
  private static final long POSTGRES_EPOCH = 946_684_800; // 2000-01-01, in Unix seconds
  private static final long MICROS = 1_000_000;
  private static final String CHUNK = "walfmt.chunk";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final PgVersion version;
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int main;
  private int length;

  Description(PgVersion version) {
    this.version = version;
  }

  void append(StringBuilder text, WalReader wal, DecodedRecord record) {
    main = record.mainOffset();
    length = Math.min(record.mainLength(), wal.offset() + wal.keptLength() - main);
    buffer = wal.buffer();
    int operation = wal.info() & 0xF0;
    switch (wal.rmid()) {
      case Rmgr.XLOG -> xlog(text, operation);
      case XACT -> transaction(text, wal.info());
      case STORAGE -> storage(text, operation);
      case DATABASE -> database(text, operation);
      case Rmgr.LOGICAL_MESSAGE -> message(text, record);
      default -> {}
    }
  }

  private void xlog(StringBuilder text, int operation) {
    switch (operation) {
      case 0x00, 0x10 -> checkpoint(text, operation == 0x00);
      case 0x30 -> { // NEXTOID
        if (length >= 4) {
          text.append(uint32(0));
        }
      }
      case 0x50, 0xD0 -> { // BACKUP_END, OVERWRITE_CONTRECORD
        if (length >= 8) {
          text.append(lsn(0));
        }
      }
      case 0x70 -> { // RESTORE_POINT
        if (length > 8) {
          text.append(cString(8));
        }
      }
      case 0x80 -> { // FPW_CHANGE
        if (length >= 1) {
          text.append(buffer.get(main) != 0);
        }
      }
      case 0x90 -> { // END_OF_RECOVERY
        if (length >= 16) {
          text.append("tli ").append(uint32(8)).append("; prev tli ").append(uint32(12));
          text.append("; time ").append(time(0));
        }
      }
      default -> {}
    }
  }

  private void checkpoint(StringBuilder text, boolean shutdown) {
    if (length < CHECKPOINT_LENGTH) {
      return;
    }
    text.append("redo ").append(lsn(0));
    text.append("; tli ").append(uint32(8)).append("; prev tli ").append(uint32(12));
    text.append("; fpw ").append(buffer.get(main + 16) != 0);
    text.append("; xid ").append(uint32(28)).append(':').append(uint32(24));
    text.append("; oid ").append(uint32(32));
    text.append("; multi ").append(uint32(36)).append("; offset ").append(uint32(40));
    text.append("; oldest xid ").append(uint32(44)).append(" in DB ").append(uint32(48));
    text.append("; oldest multi ").append(uint32(52)).append(" in DB ").append(uint32(56));
    text.append(shutdown ? "; shutdown" : "; online");
  }

  /** Time, and the relations whose files are deleted. */
  private void transaction(StringBuilder text, int info) {
    int operation = info & 0x70;
    boolean ends = operation == 0x00 || operation == 0x20 || operation == 0x30 || operation == 0x40;
    if (!ends || length < 8) {
      return;
    }
    text.append(time(0));
    if ((info & 0x80) == 0 || length < 12) {
      return;
    }
    int xinfo = buffer.getInt(main + 8);
    int at = 12 + ((xinfo & 0x001) != 0 ? 8 : 0);
    if ((xinfo & 0x002) != 0) {
      at = afterList(at, 4);
    }
    if ((xinfo & 0x004) != 0 && afterList(at, 12) <= length) {
      long count = uint32(at);
      text.append("; rels:");
      for (long i = 0; i < count; i++) {
        text.append(' ').append(path(at + 4 + (int) i * 12, ForkNumber.MAIN));
      }
    }
  }

  /** Offset after a counted list at {@code at}; beyond the data if the list does not fit. */
  private int afterList(int at, int itemLength) {
    if (at > length - 4) {
      return length + 1;
    }
    return (int) Math.min(at + 4 + uint32(at) * itemLength, length + 1L);
  }

  private void storage(StringBuilder text, int operation) {
    if (operation == 0x10 && length >= 16) {
      int fork = buffer.getInt(main + 12);
      text.append(path(0, ForkNumber.exists(fork) ? ForkNumber.of(fork) : ForkNumber.MAIN));
    } else if (operation == 0x20 && length >= 20) {
      text.append(path(4, ForkNumber.MAIN)).append(" to ").append(uint32(0));
      text.append(" blocks flags ").append(uint32(16));
    }
  }

  private void database(StringBuilder text, int operation) {
    boolean fileCopy = operation == 0x00;
    boolean walLog = version.isAtLeast(PgVersion.V15) && operation == 0x10;
    if (fileCopy && length >= 16) {
      text.append("copy dir ").append(uint32(12)).append('/').append(uint32(8));
      text.append(" to ").append(uint32(4)).append('/').append(uint32(0));
    } else if (walLog && length >= 8) {
      text.append("create dir ").append(uint32(4)).append('/').append(uint32(0));
    } else if (!fileCopy && !walLog && length >= 8 && afterList(4, 4) <= length) {
      text.append("dir");
      for (long i = 0; i < uint32(4); i++) {
        text.append(' ').append(uint32(8 + (int) i * 4)).append('/').append(uint32(0));
      }
    }
  }

  private void message(StringBuilder text, DecodedRecord record) {
    if (length < LogicalMessage.HEADER_LENGTH + 1) {
      return;
    }
    Optional<String> prefix = LogicalMessage.prefix(buffer, record);
    boolean transactional = buffer.get(main + 4) != 0;
    text.append(transactional ? "transactional" : "non-transactional");
    if (prefix.isEmpty()) {
      return;
    }
    int payload = LogicalMessage.messageLength(buffer, record);
    text.append(", prefix \"").append(printable(prefix.get())).append("\"; payload (");
    text.append(payload).append(" bytes)");
    if (isText(prefix.get())) {
      int at = LogicalMessage.messageOffset(buffer, record);
      int shown = Math.min(Math.min(payload, MAX_SHOWN), main + length - at);
      text.append(": ").append(string(at, shown)).append(shown < payload ? "..." : "");
    }
  }

  /** Whether a message with this prefix is a note whose payload is JSON. */
  static boolean isText(String prefix) {
    return prefix.startsWith("walfmt.") && !prefix.equals(CHUNK);
  }

  private String path(int offset, ForkNumber fork) {
    RelFileLocator locator =
        new RelFileLocator(uint32(offset), uint32(offset + 4), uint32(offset + 8));
    return locator.isValid() ? locator.path(version, fork, 0) : locator.toString();
  }

  private Lsn lsn(int offset) {
    return new Lsn(buffer.getLong(main + offset));
  }

  private long uint32(int offset) {
    return Integer.toUnsignedLong(buffer.getInt(main + offset));
  }

  /** A {@code TimestampTz}: microseconds since 2000. */
  private String time(int offset) {
    long micros = buffer.getLong(main + offset);
    return TIME.format(
        Instant.ofEpochSecond(
            POSTGRES_EPOCH + Math.floorDiv(micros, MICROS), Math.floorMod(micros, MICROS) * 1000));
  }

  private String cString(int offset) {
    int end = offset;
    while (end < length && buffer.get(main + end) != 0) {
      end++;
    }
    return string(main + offset, end - offset);
  }

  private String string(int at, int count) {
    byte[] bytes = new byte[count];
    buffer.get(at, bytes);
    return printable(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String printable(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
