// What a picture of the project holds: disk, unsaved texts, a patch.
#include "server/verify/scratch_copy.h"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <sys/stat.h>

#include "tests/server/verify/scratch.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using test::NothingLeft;
using test::roomy;
using test::Scratch;
using test::shell;

ScratchCopies copies_of(const Scratch& project, SandboxMode mode) {
  ScratchCopies::Options options;
  options.root = std::filesystem::canonical(project.path());
  options.mode = mode;
  options.trusted = true;
  auto copies = ScratchCopies::open(std::move(options), {});
  REQUIRE(copies);
  return *copies;
}

std::string output_of(ScratchCopy& copy, const std::string& text, const std::string& folder = "") {
  const auto result = copy.run(shell(text), folder, roomy(), {});
  INFO((result ? std::string() : result.error()));
  REQUIRE(result);
  return result->output;
}

fix::FileChange change(fix::ChangeKind kind, std::string path, std::string after, std::string new_path = "") {
  fix::FileChange result;
  result.kind = kind;
  result.path = std::move(path);
  result.after = std::move(after);
  result.new_path = std::move(new_path);
  return result;
}

/// Every case, isolated and copied.
void with_each_sandbox(const std::function<void(SandboxMode)>& check) {
  for (const SandboxMode mode : {SandboxMode::isolated, SandboxMode::copy}) {
    INFO((mode == SandboxMode::isolated ? "isolated" : "copy"));
    check(mode);
  }
}

TEST_CASE("a copy shows the disk, then unsaved texts, then the patch") {
  const Scratch project;
  project.write("same.txt", "disk\n");
  project.write("unsaved.txt", "disk\n");
  project.write("patched.sh", "disk\n");
  project.write("deep/in/gone.txt", "disk\n");
  project.write("old.txt", "disk\n");
  chmod((project.path() / "patched.sh").c_str(), 0755);
  const std::string before = project.everything();
  fix::Patch patch;
  patch.files = {change(fix::ChangeKind::modify, "patched.sh", "patch\n"),
                 change(fix::ChangeKind::create, "made/new.txt", "patch\n"),
                 change(fix::ChangeKind::remove, "deep/in/gone.txt", ""),
                 change(fix::ChangeKind::rename, "old.txt", "patch\n", "moved.txt")};
  const Picture picture = picture_of({{"unsaved.txt", "buffer\n"}, {"patched.sh", "buffer\n"}}, patch);
  with_each_sandbox([&](SandboxMode mode) {
    const NothingLeft nothing_left;
    const auto copy = copies_of(project, mode).make(picture, {});
    REQUIRE(copy);
    CHECK(output_of(**copy,
                    "cat same.txt unsaved.txt patched.sh made/new.txt moved.txt; stat -c %a patched.sh; ls . "
                    "deep/in") ==
          "disk\nbuffer\npatch\npatch\npatch\n755\n.:\ndeep\nmade\nmoved.txt\npatched.sh\nsame.txt\nunsaved."
          "txt\n\ndeep/in:\n");
    CHECK(project.everything() == before);
  });
}

TEST_CASE("commands of one copy see what earlier ones wrote; another copy does not") {
  const Scratch project;
  project.write("sub/a.txt", "a\n");
  const std::string before = project.everything();
  with_each_sandbox([&](SandboxMode mode) {
    const ScratchCopies copies = copies_of(project, mode);
    const auto copy = copies.make({}, {});
    REQUIRE(copy);
    output_of(**copy, "echo built > out; rm a.txt", "sub");
    CHECK(output_of(**copy, "cat out; ls", "sub") == "built\nout\n");
    output_of(**copy, "echo again >> sub/out");
    CHECK(output_of(**copy, "cat sub/out") == "built\nagain\n");
    const auto other = copies.make({}, {});
    REQUIRE(other);
    CHECK(output_of(**other, "ls", "sub") == "a.txt\n");
    CHECK(project.everything() == before);
  });
}

TEST_CASE("links, modes and times of the project are those of its copy") {
  const Scratch project;
  project.write("a.sh", "#!/bin/sh\n");
  chmod((project.path() / "a.sh").c_str(), 0751);
  std::filesystem::create_symlink("a.sh", project.path() / "link");
  std::filesystem::create_symlink("/etc/hostname", project.path() / "far");
  mkfifo((project.path() / "pipe").c_str(), 0600);
  const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  utimensat(AT_FDCWD, (project.path() / "a.sh").c_str(), times, 0);
  with_each_sandbox([&](SandboxMode mode) {
    const auto copy = copies_of(project, mode).make({}, {});
    REQUIRE(copy);
    CHECK(output_of(**copy, "stat -c '%a %Y' a.sh; readlink link far") ==
          "751 1000000000\na.sh\n/etc/hostname\n");
  });
}

TEST_CASE("where nothing can be isolated, only a trusted project's commands run, and in a copy") {
  const Scratch project;
  ScratchCopies::Options options;
  options.root = project.path();
  options.mode = SandboxMode::copy;
  const auto refused = ScratchCopies::open(options, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().starts_with("untrusted: "));
  options.trusted = true;
  const auto copies = ScratchCopies::open(options, {});
  REQUIRE(copies);
  CHECK(copies->sandbox() == "copy");
}

TEST_CASE("fifty copies leave no folder, mount, process or descriptor") {
  const Scratch temporary;
  const std::string old = std::filesystem::temp_directory_path();
  const Scratch project;
  project.write("a.txt", "a\n");
  setenv("TMPDIR", temporary.path().c_str(), 1);
  {
    const NothingLeft nothing_left;
    const ScratchCopies copies = copies_of(project, SandboxMode::isolated);
    const auto mounts = [] {
      std::ifstream file("/proc/self/mountinfo");
      return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
    };
    const auto before = mounts();
    for (int times = 0; times < 50; ++times) {
      const auto copy = copies.make({{{"a.txt", "b\n"}}, {}}, {});
      REQUIRE(copy);
      CHECK(output_of(**copy, "cat a.txt; mkdir -p x/y; chmod 0 x/y; echo z > /tmp/z") == "b\n");
    }
    CHECK(mounts() == before);
  }
  setenv("TMPDIR", old.c_str(), 1);
  CHECK(std::filesystem::is_empty(temporary.path()));
}

}  // namespace
}  // namespace autofix::verify
