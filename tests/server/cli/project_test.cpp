// What a project is, and where a report's paths lie in it.
#include "server/cli/project.h"

#include "tests/support/catch.h"
#include "tests/support/zip_forge.h"

namespace autofix::cli {
namespace {

namespace fs = std::filesystem;
using test::forge;
using test::ForgedEntry;
using test::ForgedZip;

/// A .zip in a folder that is gone at the end.
class Packed {
 public:
  explicit Packed(const std::vector<std::string>& names)
      : folder_(fix::PrivateFolder::create("test").value()) {
    ForgedZip zip;
    for (const std::string& name : names)
      zip.entries.push_back({name, name.ends_with('/') ? "" : "text", 0, 0, 0});
    test::write_bytes(path(), forge(zip));
  }
  fs::path path() const { return folder_.path() / "app.zip"; }
  Project open() const { return std::move(open_project(path().string(), {}).value()); }

 private:
  fix::PrivateFolder folder_;
};

TEST_CASE("the one folder that everything lies below is the project") {
  CHECK(Packed({"app/", "app/a.py", "app/b/c.py"}).open().packed->top == "app");
  CHECK(Packed({"app/a.py"}).open().packed->top == "app");
  CHECK(Packed({"app/a.py", "__MACOSX/app/._a.py"}).open().packed->top == "app");
  CHECK(Packed({"app/a.py", "SPEC.md"}).open().packed->top.empty());
  CHECK(Packed({"app/a.py", "application/b.py"}).open().packed->top.empty());
  CHECK(Packed({"app"}).open().packed->top.empty());
  const Project project = Packed({"app/a.py"}).open();
  CHECK(test::file_bytes(project.root / "a.py") == "text");
  CHECK(project.root.parent_path() == project.packed->folder.path());
}

TEST_CASE("a report's paths are found in the archive, and others are not") {
  struct Row {
    const char* said;
    const char* found;
  };
  const Row rows[] = {{"src/a.py", "src/a.py"},
                      {"./src/a.py", "src/a.py"},
                      {"app/src/a.py", "src/a.py"},
                      {"app/app/x.py", "app/x.py"},
                      {"app/x.py", "app/x.py"},  // the project's own folder of that name comes first
                      {"/home/me/app/src/a.py", "src/a.py"},
                      {"/a/b/c/src/a.py", "src/a.py"},
                      {"/usr/lib/python3/a.py", ""},
                      {"/main.py", ""},
                      {"src/none.py", "src/none.py"},
                      {"../src/a.py", ""}};
  const Project project = Packed({"app/main.py", "app/src/a.py", "app/app/x.py"}).open();
  const auto files = fix::make_disk_files(project.root, {});
  for (const Row& row : rows) {
    INFO(row.said);
    CHECK(path_in_project(project, *files, row.said) == row.found);
  }
}

TEST_CASE("frames and related places are found too; a library's keep their names") {
  const Project project = Packed({"app/main.py", "app/src/a.py"}).open();
  const auto files = fix::make_disk_files(project.root, {});
  problems::Problem problem;
  problem.related.push_back({"app/src/a.py", {}, "here"});
  problem.test.emplace();
  problem.test->stack = {{"/usr/lib/python3/pytest.py", 1, "run"}, {"/home/me/app/src/a.py", 2, "f"}};
  resolve_paths(project, *files, problem);
  CHECK(problem.path.empty());
  CHECK(problem.related[0].path == "src/a.py");
  CHECK(problem.test->stack[0].path == "/usr/lib/python3/pytest.py");
  CHECK(problem.test->stack[1].path == "src/a.py");
}

TEST_CASE("files have names for editors, in folders and in archives") {
  const Packed packed({"app/a b.py"});
  CHECK(uri_of(packed.open(), "a b.py") == "jar:file://" + packed.path().string() + "!/app/a%20b.py");
  CHECK(uri_of({"/work/app", std::nullopt}, "a b.py") == "file:///work/app/a%20b.py");
  CHECK(uri_of({"/", std::nullopt}, "a") == "file:///a");
}

TEST_CASE("a folder is itself, and what is neither folder nor archive is one error") {
  const Packed packed({"app/a.py"});
  const fs::path folder = packed.path().parent_path();
  const auto project = open_project(folder.string(), {});
  REQUIRE(project);
  CHECK(project->root == folder);
  CHECK(!project->packed);
  CHECK(open_project((folder / "none.zip").string(), {}).error().reason == "usage");
  test::write_bytes(folder / "report.xml", "<testsuite/>");
  CHECK(open_project((folder / "report.xml").string(), {}).error().cause ==
        (folder / "report.xml").string() + " is no .zip archive, or one that is cut off");
  std::stop_source stop;
  stop.request_stop();
  CHECK(!open_project(packed.path().string(), stop.get_token()));
}

}  // namespace
}  // namespace autofix::cli
