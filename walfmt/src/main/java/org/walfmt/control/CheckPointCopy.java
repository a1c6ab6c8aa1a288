package org.walfmt.control;

import org.walfmt.Lsn;
import org.walfmt.TimelineId;

/**
 * The control file's copy of the last checkpoint record: {@code CheckPoint} in {@code
 * catalog/pg_control.h}, as far as a backup needs it.
 *
 * @param redo where recovery from this checkpoint begins
 * @param fullPageWrites whether {@code full_page_writes} was on
 */
public record CheckPointCopy(
    Lsn redo, TimelineId timeline, TimelineId previousTimeline, boolean fullPageWrites) {}
