package org.walfmt.writer.scan;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A bounded number of chunks: who reads waits here for who writes. */
final class ChunkPool {
  private final BlockingQueue<SegmentChunk> free = new LinkedBlockingQueue<>();
  private final int most;
  private int made;

  ChunkPool(int most) {
    this.most = most;
  }

  /** A free chunk; called by the reading thread alone. */
  SegmentChunk take(ForkFile file, ForkKey fork, ForkPlan plan) throws InterruptedException {
    SegmentChunk chunk = free.poll();
    if (chunk == null && made < most) {
      made++;
      return new SegmentChunk(file, fork, plan);
    }
    return chunk != null ? chunk : free.take();
  }

  /** Gives a chunk back and lets go of its file. */
  void give(SegmentChunk chunk) throws IOException {
    chunk.release();
    free.add(chunk);
  }
}
