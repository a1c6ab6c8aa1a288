package org.walfmt.cli.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteDocumentsTest {
  @TempDir Path directory;

  @BeforeEach
  void write() throws IOException {
    WriteDocuments.main(new String[] {directory.toString(), "1.2.3"});
  }

  private String page(String name) throws IOException {
    return Files.readString(directory.resolve("man/man1").resolve(name));
  }

  @Test
  void eachCommandHasItsPage() throws IOException {
    try (Stream<Path> pages = Files.list(directory.resolve("man/man1"))) {
      assertThat(pages.map(page -> page.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "walfmt.1",
              "walfmt-apply.1",
              "walfmt-backup.1",
              "walfmt-check.1",
              "walfmt-dump.1",
              "walfmt-export.1",
              "walfmt-extract.1",
              "walfmt-expire.1",
              "walfmt-import.1",
              "walfmt-list.1",
              "walfmt-merge.1",
              "walfmt-restore.1",
              "walfmt-show.1",
              "walfmt-status.1",
              "walfmt-summaries.1",
              "walfmt-summarize.1",
              "walfmt-verify.1");
    }
  }

  @Test
  void aPageHasAllSections() throws IOException {
    assertThat(page("walfmt-list.1"))
        .startsWith(
            """
            .TH "WALFMT-LIST" 1 "" "walfmt 1.2.3"
            .SH "NAME"
            walfmt\\-list \\- list the backups in an archive
            .SH "SYNOPSIS"
            walfmt list \\-A DIR [\\-\\-json]
            .br
            .SH "DESCRIPTION"
            """)
        .contains(
            """
            .TP
            \\fB\\-A DIR, \\-\\-archive=DIR\\fR
            Directory of the WAL archive. For a backup, server stands for the one that the server's own archiver fills; \\-\\-restore\\-command then fetches from it.
            """,
            """
            .SH "EXIT STATUS"
            .TP
            \\fB0\\fR
            done
            """,
            """
            .SH "EXAMPLES"
            .nf
              walfmt list \\-A /archive
            """,
            ".SH \"SEE ALSO\"\n\\fBwalfmt\\fR(1), \\fBwalfmt\\-backup\\fR(1)");
  }

  @Test
  void optionsTellTheirDefaultsAndOptionalValues() throws IOException {
    assertThat(page("walfmt-backup.1"))
        .contains(
            "\\fB\\-\\-incremental[=PARENT]\\fR",
            "\\fB\\-c fast|spread, \\-\\-checkpoint=fast|spread\\fR",
            "(default: spread)")
        .doesNotContain("${");
    assertThat(page("walfmt-dump.1")).contains("\\fB\\-z, \\-\\-stats[=record]\\fR");
  }

  @Test
  void theProgramsPageNamesItsCommands() throws IOException {
    assertThat(page("walfmt.1"))
        .contains(".SH \"COMMANDS\"\n.TP\n\\fBbackup\\fR\nTake a full or incremental backup")
        .doesNotContain("${");
  }

  @Test
  void completionIsForBash() throws IOException {
    assertThat(Files.readString(directory.resolve("completion/walfmt")))
        .startsWith("#!/usr/bin/env bash")
        .contains("complete -F _complete_walfmt -o default walfmt");
  }

  @Test
  void textCannotBecomeARequestOfRoff() {
    assertThat(ManPage.escaped(".SH \\n -x")).isEqualTo("\\&.SH \\en \\-x");
  }
}
