// Finding reports: what counts as one, and what the walk stays out of.
#include "server/fix/report_files.h"

#include <filesystem>
#include <sys/stat.h>

#include "tests/support/catch.h"
#include "tests/support/child_process.h"

namespace autofix::fix {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

const Paths kUsual = {"**/junit*.xml", "**/TEST-*.xml"};

TEST_CASE("reports are found in build folders, the nearest first") {
  const test::TempFolder project;
  for (const char* path : {"target/surefire-reports/TEST-b.xml", "target/surefire-reports/TEST-a.xml",
                           "build/junit.xml", "junit-unit.xml", "build/other.xml"}) {
    fs::create_directories((project.path() / path).parent_path());
    project.write(path, "<testsuites/>");
  }
  CHECK(find_reports(project.path(), kUsual) == Paths{"junit-unit.xml", "build/junit.xml",
                                                      "target/surefire-reports/TEST-a.xml",
                                                      "target/surefire-reports/TEST-b.xml"});
  CHECK(find_reports(project.path(), {"build/*.xml"}) == Paths{"build/junit.xml", "build/other.xml"});
  CHECK(find_reports(project.path(), {}).empty());
  CHECK(find_reports(project.path() / "missing", kUsual).empty());
}

TEST_CASE("the walk stays out of links and of folders with other people's reports") {
  const test::TempFolder project;
  const test::TempFolder elsewhere;
  elsewhere.write("junit.xml", "<testsuites/>");
  for (const char* folder : {".git", "node_modules/x", "venv/lib", "src"})
    fs::create_directories(project.path() / folder);
  for (const char* path : {".git/junit.xml", "node_modules/x/junit.xml", "venv/lib/junit.xml"})
    project.write(path, "<testsuites/>");
  fs::create_directory_symlink(elsewhere.path(), project.path() / "linked");
  fs::create_symlink(elsewhere.path() / "junit.xml", project.path() / "src/junit.xml");
  fs::create_directory_symlink(project.path(), project.path() / "src/round");
  fs::create_directory(project.path() / "junit-folder.xml");
  REQUIRE(mkfifo((project.path() / "junit-pipe.xml").c_str(), 0600) == 0);
  CHECK(find_reports(project.path(), kUsual).empty());
  CHECK(!is_report_path("node_modules/x/junit.xml", kUsual));
  CHECK(is_report_path("build/x/junit.xml", kUsual));
  CHECK(!is_report_path("build/x/junit.txt", kUsual));
  for (const char* path : {"linked/junit.xml", "src/junit.xml", "junit-pipe.xml", "junit-folder.xml"}) {
    INFO(path);
    CHECK(!read_report_file(project.path(), path));
  }
}

TEST_CASE("depth and number of reports are bounded") {
  const test::TempFolder project;
  std::string deep = "d";
  for (int depth = 1; depth < 30; ++depth) deep += "/d";
  fs::create_directories(project.path() / deep);
  project.write(deep + "/junit.xml", "<testsuites/>");
  CHECK(find_reports(project.path(), kUsual).empty());
  CHECK(!is_report_path(deep + "/junit.xml", kUsual));
  for (int number = 0; number < 250; ++number) {
    project.write("junit" + std::to_string(number) + ".xml", "<testsuites/>");
  }
  CHECK(find_reports(project.path(), kUsual).size() == 200);
}

TEST_CASE("a stopped walk says nothing") {
  const test::TempFolder project;
  project.write("junit.xml", "<testsuites/>");
  std::stop_source stop;
  stop.request_stop();
  CHECK(find_reports(project.path(), kUsual, stop.get_token()).empty());
}

TEST_CASE("a report is read whole, and its stamp tells when it was written anew") {
  const test::TempFolder project;
  project.write("junit.xml", "<testsuites/>");
  const auto first = read_report_file(project.path(), "junit.xml");
  REQUIRE(first);
  CHECK(first->bytes == "<testsuites/>");
  CHECK(stamp_of_report(project.path(), "junit.xml") == first->stamp);
  project.write("junit.xml", "<testsuites></testsuites>");
  CHECK(stamp_of_report(project.path(), "junit.xml") != first->stamp);
  fs::resize_file(project.path() / "junit.xml", (std::uintmax_t{64} << 20) + 1);
  const auto large = read_report_file(project.path(), "junit.xml");
  REQUIRE(!large);
  CHECK(large.error().kind == FileError::Kind::too_large);
  fs::remove(project.path() / "junit.xml");
  const auto gone = read_report_file(project.path(), "junit.xml");
  REQUIRE(!gone);
  CHECK(gone.error().kind == FileError::Kind::not_found);
}

}  // namespace
}  // namespace autofix::fix
