package org.walfmt.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.FieldAccessTarget;
import com.tngtech.archunit.core.domain.AccessTarget.MethodCallTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.io.FileOutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may know whom, and who may touch what. */
class LayersTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.walfmt");

  private static final Set<String> WRITING_METHODS =
      Set.of(
          "copy",
          "createDirectories",
          "createDirectory",
          "createFile",
          "createLink",
          "createSymbolicLink",
          "delete",
          "deleteIfExists",
          "move",
          "newBufferedWriter",
          "newOutputStream",
          "setPosixFilePermissions",
          "write",
          "writeString");

  private static final Set<String> WRITING_OPTIONS =
      Set.of("APPEND", "CREATE", "CREATE_NEW", "TRUNCATE_EXISTING", "WRITE");

  @Test
  void theHouseIsThere() {
    for (String root : List.of("Lsn", "writer.package-info", "replayer.package-info")) {
      assertThat(HOUSE.contain("org.walfmt." + root)).as(root).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "writer, replayer",
    "writer, cli",
    "replayer, writer",
    "replayer, cli",
    "archive, writer",
    "archive, replayer",
    "series, writer",
    "series, replayer",
    "series, cli"
  })
  void neitherSideKnowsTheOther(String one, String other) {
    check(none(one, other).because("data flows one way, and walfmt is all that both sides share"));
  }

  @ParameterizedTest
  @CsvSource({
    "series, retention",
    "archive, retention",
    "archive, series",
    "segment, series",
    "segment, archive",
    "segment, control",
    "record, segment",
    "record, series",
    "record, archive",
    "record, control",
    "page, record",
    "page, segment",
    "page, series",
    "page, archive",
    "page, control",
    "block, record",
    "block, page",
    "block, segment",
    "block, series",
    "block, archive",
    "block, control",
    "control, record",
    "control, page",
    "control, block",
    "control, segment",
    "control, series",
    "control, archive"
  })
  void theFormatStandsOnItsFloors(String lower, String upper) {
    check(
        none(lower, upper).because("archive, series -> segment -> record, page -> block -> root"));
  }

  @Test
  void theRootKnowsNoPackage() {
    check(
        noClasses()
            .that()
            .resideInAPackage("org.walfmt")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.walfmt.*..")
            .because("everything stands on the root"));
  }

  @Test
  void packagesOfBytesTouchNoFiles() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                "org.walfmt",
                "org.walfmt.block..",
                "org.walfmt.control..",
                "org.walfmt.page..",
                "org.walfmt.record..",
                "org.walfmt.segment..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.nio.file..", "java.nio.channels..")
            .because(
                "they turn bytes into values; who reads or writes them is not their business"));
  }

  @Test
  void onlyArchivesAndDataDirectoriesAreWritten() {
    ArchRule rule =
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "org.walfmt.archive..", "org.walfmt.replayer..", "org.walfmt.cli.documents..")
            .and()
            .doNotHaveFullyQualifiedName("org.walfmt.cli.print.StandardOutput")
            .and()
            .doNotHaveFullyQualifiedName("org.walfmt.writer.files.EntrySpool") // a temporary file
            .and()
            .haveNameNotMatching("org\\.walfmt\\.cli\\.Training(\\$.*)?") // in a scratch directory
            .should()
            .callMethodWhere(
                DescribedPredicate.describe("a method of Files that writes", LayersTest::writes))
            .orShould()
            .accessFieldWhere(
                DescribedPredicate.describe("an option to write", LayersTest::asksToWrite))
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(FileOutputStream.class, RandomAccessFile.class)
            .because("only org.walfmt.archive writes an archive, only the replayer a directory");
    check(rule);
  }

  @Test
  void staticFieldsAreFinal() {
    check(
        fields()
            .that()
            .areStatic()
            .and()
            .doNotHaveModifier(JavaModifier.SYNTHETIC)
            .should()
            .beFinal()
            .because("there is no static mutable state"));
  }

  @Test
  void staticArraysArePrivate() {
    check(
        fields()
            .that()
            .areStatic()
            .and()
            .doNotHaveModifier(JavaModifier.SYNTHETIC)
            .and()
            .haveRawType(DescribedPredicate.describe("an array", type -> type.isArray()))
            .should()
            .bePrivate()
            .because("whoever sees an array can change it"));
  }

  @Test
  void librariesDoNotPrint() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("org.walfmt.cli..", "org.walfmt.bench..")
            .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
            .because("a library throws or reports; only the command line speaks"));
  }

  @Test
  void librariesTakeTheTimeFromAClock() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("org.walfmt.cli..", "org.walfmt.bench..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .because("a clock comes in through the constructor"));
  }

  @Test
  void theCommandLineKeepsItsLibrariesToItself() {
    check(
        classes()
            .that()
            .resideInAnyPackage("org.walfmt", "org.walfmt.*..")
            .and()
            .resideOutsideOfPackage("org.walfmt.cli..")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackages("picocli..", "me.tongfei..")
            .because("each library stays in the module that needs it"));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("org.walfmt.(*)..").should().beFreeOfCycles());
    check(slices().matching("org.walfmt.writer.(*)..").should().beFreeOfCycles());
    check(slices().matching("org.walfmt.replayer.(*)..").should().beFreeOfCycles());
  }

  private static ArchRule none(String one, String other) {
    return noClasses()
        .that()
        .resideInAPackage("org.walfmt." + one + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.walfmt." + other + "..");
  }

  private static boolean writes(JavaMethodCall call) {
    MethodCallTarget target = call.getTarget();
    return target.getOwner().isEquivalentTo(Files.class)
        && WRITING_METHODS.contains(target.getName());
  }

  private static boolean asksToWrite(JavaFieldAccess access) {
    FieldAccessTarget target = access.getTarget();
    return target.getOwner().isEquivalentTo(StandardOpenOption.class)
        && WRITING_OPTIONS.contains(target.getName());
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(HOUSE);
  }
}
