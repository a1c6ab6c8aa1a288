package org.walfmt.record;

/**
 * A record's reference to one block, {@code DecodedBkpBlock}. Owned and refilled by {@link
 * DecodedRecord}; OIDs and block number are unsigned 32 bits.
 */
public final class BlockReference {
  int id;
  int flags;
  int dataLength;
  int dataOffset;
  int imageLength;
  int imageOffset;
  boolean imageKept;
  int holeOffset;
  int holeLength;
  int imageInfo;
  int compression;
  boolean apply;
  int tablespace;
  int database;
  int relation;
  int number;

  BlockReference() {}

  void clearImage() {
    imageLength = 0;
    imageOffset = 0;
    holeOffset = 0;
    holeLength = 0;
    imageInfo = 0;
    compression = 0;
    apply = false;
  }

  void copyLocator(BlockReference other) {
    tablespace = other.tablespace;
    database = other.database;
    relation = other.relation;
  }

  /** The reference's id, 0 to 32. */
  public int id() {
    return id;
  }

  /** {@code fork_flags}, see {@link FullPageImage}. */
  public int flags() {
    return flags;
  }

  /** Fork number: 0 main, 1 free-space map, 2 visibility map, 3 init. */
  public int fork() {
    return flags & FullPageImage.FORK_MASK;
  }

  /** Whether a page image is in the record. */
  public boolean hasImage() {
    return (flags & FullPageImage.HAS_IMAGE) != 0;
  }

  /** Whether replay restores the image; else it is there for consistency checks only. */
  public boolean isApplied() {
    return apply;
  }

  /** OID of the tablespace, the bits of an unsigned number. */
  public int tablespace() {
    return tablespace;
  }

  /** OID of the database, 0 for shared relations. */
  public int database() {
    return database;
  }

  /** Relation number ({@code relNumber}, {@code relfilenode}). */
  public int relation() {
    return relation;
  }

  /** Block number in the fork. */
  public int number() {
    return number;
  }

  /** Length of the resource manager's data for this block. */
  public int dataLength() {
    return dataLength;
  }

  /** Where in the buffer that data is. */
  public int dataOffset() {
    return dataOffset;
  }

  /** {@code bimg_len}: bytes of the image in the record. */
  public int imageLength() {
    return imageLength;
  }

  /** Where in the buffer the image is. */
  public int imageOffset() {
    return imageOffset;
  }

  /** Whether all of the image is in the buffer: of a long record only the beginning is kept. */
  public boolean isImageKept() {
    return imageKept;
  }

  /** {@code bimg_info}. */
  public int imageInfo() {
    return imageInfo;
  }

  /** The compression bits of {@link #imageInfo}, 0 for none. */
  public int compression() {
    return compression;
  }

  /** First byte of the page that was left out; 0 without a hole. */
  public int holeOffset() {
    return holeOffset;
  }

  /** Bytes left out; 0 without a hole. */
  public int holeLength() {
    return holeLength;
  }
}
