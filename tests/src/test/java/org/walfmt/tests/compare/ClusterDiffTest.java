package org.walfmt.tests.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;

class ClusterDiffTest {
  private static final List<String> DIRECTORIES =
      List.of(
          "global",
          "base/5",
          "pg_tblspc/16400/PG_15_202209061/5",
          "pg_xact",
          "pg_multixact/offsets",
          "pg_multixact/members");

  @TempDir private Path left;
  @TempDir private Path right;

  @BeforeEach
  void makeTwoEqualClusters() throws IOException {
    for (Path root : List.of(left, right)) {
      for (String directory : DIRECTORIES) {
        Files.createDirectories(root.resolve(directory));
      }
      write(root, "global/1260", heapPage(1));
      write(root, "base/5/16384", heapPage(1), heapPage(2));
      write(root, "base/5/16384_vm", heapPage(1));
      write(root, "pg_tblspc/16400/PG_15_202209061/5/16401", heapPage(3));
      write(root, "global/pg_filenode.map", new byte[512]);
      write(root, "pg_xact/0000", new byte[8192]);
    }
  }

  @Test
  void findsTwoEqualClustersEqual() throws IOException {
    Report report = compare(Options.exact());
    assertThat(report.isEqual()).as(report.toString()).isTrue();
    assertThat(report.files()).isEqualTo(6);
    assertThat(report.blocks()).isEqualTo(5);
    assertThat(report.equalRaw()).isEqualTo(5);
  }

  @Test
  void namesTheBlockThatDiffersAndWhere() throws IOException {
    byte[] changed = heapPage(2);
    changed[8191] ^= 1;
    write(right, "base/5/16384", heapPage(1), changed);
    assertThat(compare(Options.masks()).differences())
        .containsExactly(
            new Difference(
                Difference.Type.BLOCK,
                "base/5/16384",
                1,
                8191,
                "HEAP page differs at offset 8191: left 02 (LSN 0/0), right 03 (LSN 0/0)"));
  }

  @Test
  void findsALsnThatDiffersOnlyWithoutMasks() throws IOException {
    byte[] changed = heapPage(2);
    changed[4] = 1;
    write(right, "base/5/16384", heapPage(1), changed);
    Report masked = compare(Options.masks());
    assertThat(masked.isEqual()).isTrue();
    assertThat(masked.equalMasked()).isEqualTo(1);
    assertThat(compare(Options.exact()).differenceCount()).isEqualTo(1);
  }

  @Test
  void masksNoBitOfAVisibilityMapAndSkipsItIfToldTo() throws IOException {
    byte[] changed = heapPage(1);
    changed[100] = 1; // in the hole of a heap page
    write(right, "base/5/16384_vm", changed);
    assertThat(compare(Options.masks()).differenceCount()).isEqualTo(1);
    assertThat(compare(Options.masks().without(ForkNumber.VM)).isEqual()).isTrue();
  }

  @Test
  void toleratesAVisibilityMapThatLacksBitsOnTheRightIfToldTo() throws IOException {
    write(left, "base/5/16384_vm", loggedMap(1));
    write(right, "base/5/16384_vm", loggedMap(0));
    assertThat(compare(Options.masks()).differenceCount()).isEqualTo(1);
    Report report = compare(Options.masksAndTolerances());
    assertThat(report.isEqual()).as(report.toString()).isTrue();
    assertThat(report.tolerated(Tolerance.VISIBILITY_MAP_LOST_BY_COPY)).isEqualTo(1);
    write(right, "base/5/16384_vm", loggedMap(3));
    assertThat(compare(Options.masksAndTolerances()).differenceCount()).isEqualTo(1);
  }

  @Test
  void toleratesABlockWithoutMasksOnlyIfMoreThanItsLsnIsExplained() throws IOException {
    write(left, "base/5/16386", spgistMetapage(1, 7));
    write(right, "base/5/16386", spgistMetapage(1, 8));
    Options options = Options.exact().tolerating(Tolerance.SPGIST_LAST_USED_PAGES);
    assertThat(compare(Options.exact()).differenceCount()).isEqualTo(1);
    assertThat(compare(options).isEqual()).isTrue();
    write(right, "base/5/16386", spgistMetapage(2, 7));
    assertThat(compare(options).differenceCount()).as("the LSN alone").isEqualTo(1);
  }

  @Test
  void anAllZeroPageIsEqualToNoOther() throws IOException {
    write(right, "base/5/16384", new byte[8192], heapPage(2));
    assertThat(compare(Options.masksAndTolerances()).differenceCount()).isEqualTo(1);
  }

  @Test
  void toleratesZeroPagesAtTheEndOnlyIfToldTo() throws IOException {
    write(right, "base/5/16384", heapPage(1), heapPage(2), new byte[8192], new byte[8192]);
    assertThat(compare(Options.masks()).differences())
        .extracting(Difference::type)
        .containsExactly(Difference.Type.LENGTH);
    Report report = compare(Options.masks().tolerating(Tolerance.TRAILING_ZERO_PAGES));
    assertThat(report.isEqual()).isTrue();
    assertThat(report.tolerated(Tolerance.TRAILING_ZERO_PAGES)).isEqualTo(2);
  }

  @Test
  void toleratesNoDataAndNoPartOfABlockAtTheEnd() throws IOException {
    write(right, "base/5/16384", heapPage(1), heapPage(2), new byte[8192], heapPage(4));
    assertThat(compare(Options.masksAndTolerances()).differenceCount()).isEqualTo(1);
    write(right, "base/5/16384", heapPage(1), heapPage(2), new byte[100]);
    assertThat(compare(Options.masksAndTolerances()).differenceCount()).isEqualTo(1);
  }

  @Test
  void namesFilesThatOneSideLacks() throws IOException {
    Files.delete(right.resolve("global/1260"));
    Files.delete(left.resolve("pg_tblspc/16400/PG_15_202209061/5/16401"));
    Files.delete(left.resolve("base/5/16384_vm"));
    assertThat(compare(Options.masksAndTolerances()).differences())
        .extracting(Difference::toString)
        .containsExactly(
            "MISSING_LEFT base/5/16384_vm: 8192 bytes on one side only",
            "MISSING_RIGHT global/1260: 8192 bytes on one side only",
            "MISSING_LEFT pg_tblspc/16400/PG_15_202209061/5/16401: 8192 bytes on one side only");
  }

  @Test
  void toleratesAnEmptyFileAndAnEmptyVisibilityMapThatOneSideLacks() throws IOException {
    write(right, "base/5/20000");
    write(right, "base/5/16385_vm", new byte[8192]);
    assertThat(compare(Options.masks()).differenceCount()).isEqualTo(2);
    Report report = compare(Options.masksAndTolerances());
    assertThat(report.isEqual()).as(report.toString()).isTrue();
    assertThat(report.tolerated(Tolerance.EMPTY_FILES)).isEqualTo(1);
    assertThat(report.tolerated(Tolerance.VISIBILITY_MAP_WITHOUT_BITS)).isEqualTo(1);
    write(right, "base/5/16385_vm", heapPage(0));
    assertThat(compare(Options.masksAndTolerances()).isEqual()).as("an initialised map").isTrue();
    write(right, "base/5/16385_vm", heapPage(1));
    assertThat(compare(Options.masksAndTolerances()).differenceCount()).as("a bit").isEqualTo(1);
    write(right, "base/5/16385_vm");
    write(right, "base/5/20001", new byte[8192]);
    assertThat(compare(Options.masksAndTolerances()).differenceCount()).isEqualTo(1);
  }

  @Test
  void leavesOutTemporaryAndUnloggedRelationsButForInitForks() throws IOException {
    write(left, "base/5/t3_16500", heapPage(5));
    write(left, "base/5/16501", heapPage(5));
    write(left, "base/5/16501_init", heapPage(5));
    write(right, "base/5/16501_init", heapPage(5));
    write(left, "base/5/pg_internal.init", heapPage(5));
    assertThat(compare(Options.exact()).isEqual()).isTrue();
    write(right, "base/5/16501_init", heapPage(6));
    assertThat(compare(Options.masks()).differenceCount()).isEqualTo(1);
  }

  @Test
  void comparesTransactionStatusAndRelationMapsIfToldTo() throws IOException {
    write(right, "pg_xact/0000", heapPage(1));
    write(right, "pg_multixact/members/0000", heapPage(1));
    write(right, "base/5/pg_filenode.map", new byte[512]);
    assertThat(compare(Options.exact()).differenceCount()).isEqualTo(3);
    assertThat(compare(Options.exact().withOtherFiles(false)).isEqual()).isTrue();
  }

  private Report compare(Options options) throws IOException {
    return ClusterDiff.compare(left, right, PgVersion.V15, RelationKinds.unknown(), options);
  }

  private static void write(Path root, String path, byte[]... blocks) throws IOException {
    Path file = root.resolve(path);
    Files.write(file, new byte[0]);
    for (byte[] block : blocks) {
      Files.write(file, block, StandardOpenOption.APPEND);
    }
  }

  private static byte[] loggedMap(int last) {
    byte[] page = heapPage(last);
    page[4] = 1;
    return page;
  }

  private static byte[] spgistMetapage(int lsn, int lastUsedPage) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putInt(4, lsn);
    page.putShort(14, (short) 8184);
    page.putShort(16, (short) 8184);
    page.putInt(28, lastUsedPage);
    page.putShort(8190, (short) 0xFF82);
    return page.array();
  }

  /** An empty heap page, but for its last byte. */
  private static byte[] heapPage(int last) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) 24);
    page.putShort(14, (short) 8184);
    page.putShort(16, (short) 8192);
    page.putShort(18, (short) 0x2004);
    page.put(8191, (byte) last);
    return page.array();
  }
}
