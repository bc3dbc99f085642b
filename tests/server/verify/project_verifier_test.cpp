#include "server/verify/project_verifier.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/server/verify/scratch.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using fix::ChangeKind;
using fix::Verification;
using test::Scratch;
using test::shell;
using State = Verification::State;

fix::FileChange change(ChangeKind kind, std::string path, std::string before, std::string after,
                       std::string new_path = "") {
  fix::FileChange result;
  result.path = std::move(path);
  result.kind = kind;
  result.before = std::move(before);
  result.after = std::move(after);
  result.new_path = std::move(new_path);
  return result;
}

fix::Patch modify(std::string path, std::string before, std::string after) {
  return {{change(ChangeKind::modify, std::move(path), std::move(before), std::move(after))}};
}

Verification verify(const Scratch& project, const Command& command, const fix::Patch& patch,
                    std::stop_token stop = {}, std::optional<CommandResult> before = CommandResult{},
                    providers::Milliseconds timeout = providers::Milliseconds(60'000)) {
  fix::RequestContext context;
  context.stop = std::move(stop);
  return make_project_verifier(project.path(), command, timeout, std::move(before), {})
      ->verify(context, patch);
}

/// Nothing that a verification did is to be seen in the project.
class Unchanged {
 public:
  explicit Unchanged(const Scratch& project) : project_(project), before_(project.everything()) {}
  ~Unchanged() {
    CHECK(project_.everything() == before_);
    CHECK_FALSE(test::has_children());
  }
  Unchanged(const Unchanged&) = delete;
  Unchanged& operator=(const Unchanged&) = delete;

 private:
  const Scratch& project_;
  std::string before_;
};

constexpr const char* kBuggy = "def add(a, b):\n    return a - b\n";
constexpr const char* kFixed = "def add(a, b):\n    return a + b\n";
constexpr const char* kTest =
    "import unittest\nfrom calc import add\n\nclass T(unittest.TestCase):\n"
    "    def test_add(self): self.assertEqual(add(1, 2), 3)\n"
    "    def test_zero(self): self.assertEqual(add(0, 0), 0)\n";

TEST_CASE("a patch that makes a real test pass is proven, with counts before and after") {
  const Scratch project;
  project.write("calc.py", kBuggy);
  project.write("test_calc.py", kTest);
  const Unchanged unchanged(project);
  const Command command = parse_command("python3 -m unittest");
  const Verification proven = verify(project, command, modify("calc.py", kBuggy, kFixed), {}, std::nullopt);
  CHECK(proven.state == State::passed);
  CHECK(proven.command == std::vector<std::string>{"python3", "-m", "unittest"});
  CHECK(proven.sandbox == "none");
  REQUIRE(proven.before);
  REQUIRE(proven.after);
  CHECK(proven.before->failed == 1);
  CHECK(proven.before->passed == 1);
  CHECK(proven.after->failed == 0);
  CHECK(proven.after->passed == 2);
  CHECK(proven.reason.empty());
  CHECK(proven.output.empty());
}

TEST_CASE("old bytecode of the same second and size does not stand in for the patch") {
  const Scratch project;
  project.write("calc.py", kBuggy);
  project.write("test_calc.py", kTest);
  // The user's own run, which leaves bytecode behind.
  test::run(shell("PYTHONDONTWRITEBYTECODE= python3 -m unittest"), project);
  REQUIRE(std::filesystem::exists(project.path() / "__pycache__"));
  // The file's time is set to what the patched file's will be, whatever the second.
  for (int round = 0; round < 3; ++round) {
    test::run(shell("touch calc.py; PYTHONDONTWRITEBYTECODE= python3 -c 'import calc'"), project);
    CHECK(verify(project, parse_command("python3 -m unittest"), modify("calc.py", kBuggy, kFixed)).state ==
          State::passed);
    CHECK(project.read("calc.py") == kBuggy);
  }
}

TEST_CASE("a patch that does not help has failed, with the reason and the end of the output") {
  const Scratch project;
  project.write("a.txt", "one\n");
  const Unchanged unchanged(project);
  const Verification failed =
      verify(project, shell("seq 1 5000; printf '\\033[31mnot good\\033[0m\\377\\n'; exit 3"),
             modify("a.txt", "one\n", "two\n"));
  CHECK(failed.state == State::failed);
  CHECK(failed.reason.find("ended with exit status 3") != std::string::npos);
  CHECK(failed.output.size() <= 8'192);
  CHECK(failed.output.find("5000\nnot good\xef\xbf\xbd\n") != std::string::npos);
  CHECK(failed.output.find('\x1b') == std::string::npos);

  CHECK(verify(project, shell("kill -ABRT $$"), modify("a.txt", "one\n", "two\n")).reason.find("signal 6") !=
        std::string::npos);
}

TEST_CASE("the command sees the patch, and afterwards everything is as it was") {
  const Scratch project;
  project.write("mod.sh", "echo old\n");
  chmod((project.path() / "mod.sh").c_str(), 0755);
  project.write("gone.sh", "bye\n");
  chmod((project.path() / "gone.sh").c_str(), 0700);
  project.write("old_name.txt", "content\n");
  project.write("pkg/__init__.py", "");
  project.write("crlf.txt",
                "\xef\xbb\xbf"
                "a\r\nb");
  const Unchanged unchanged(project);
  const fix::Patch patch{{
      change(ChangeKind::modify, "crlf.txt",
             "\xef\xbb\xbf"
             "a\r\nb",
             "\xef\xbb\xbf"
             "a\r\nc"),
      change(ChangeKind::create, "deep/er/new.txt", "", "new\n"),
      change(ChangeKind::remove, "gone.sh", "bye\n", ""),
      change(ChangeKind::modify, "mod.sh", "echo old\n", "echo new\n"),
      change(ChangeKind::rename, "old_name.txt", "content\n", "content 2\n", "sub/new_name.txt"),
      change(ChangeKind::create, "pkg/__init__.py", "", "x = 1\n"),
  }};
  const Verification proven =
      verify(project,
             shell("set -e; test \"$(./mod.sh)\" = new; test ! -e gone.sh; test ! -e old_name.txt; "
                   "grep -q 2 sub/new_name.txt; grep -q new deep/er/new.txt; grep -q c crlf.txt; "
                   "grep -q x pkg/__init__.py"),
             patch);
  INFO(proven.reason << proven.output);
  CHECK(proven.state == State::passed);
}

TEST_CASE("what cannot be run has not been proven either way") {
  const Scratch project;
  project.write("a.txt", "one\n");
  const Unchanged unchanged(project);
  const fix::Patch patch = modify("a.txt", "one\n", "two\n");
  const auto check = [&](const Command& command, const fix::Patch& tried, const std::string& reason,
                         std::optional<CommandResult> before = CommandResult{}) {
    const Verification result = verify(project, command, tried, {}, std::move(before));
    CHECK(result.state == State::not_run);
    CHECK(result.reason == reason);
    CHECK_FALSE(result.after);
  };
  const Command missing = parse_command("autofix-no-such-command");
  check(missing, patch, "not_started: command not found: autofix-no-such-command");
  check(missing, patch, "not_started: command not found: autofix-no-such-command", std::nullopt);
  check(parse_command(""), patch, "not_started: there is no command to run");
  check(shell("true"), modify("a.txt", "other\n", "two\n"), "stale_document: a.txt was changed meanwhile");
  check(shell("true"), modify("../a.txt", "one\n", "two\n"),
        "outside_root: ../a.txt is no path inside the project");
}

TEST_CASE("the run before is made once, or not at all when it is given") {
  const Scratch project;
  const Scratch log;
  project.write("a.txt", "one\n");
  const Command command = shell("cat a.txt >> '" + (log.path() / "runs").string() + "'; false");
  const fix::Patch patch = modify("a.txt", "one\n", "two\n");
  const fix::RequestContext context;
  const auto verifier =
      make_project_verifier(project.path(), command, providers::Milliseconds(60'000), std::nullopt, {});
  verifier->verify(context, patch);
  const Verification second = verifier->verify(context, patch);
  CHECK(log.read("runs") == "one\ntwo\ntwo\n");
  REQUIRE(second.before);
  CHECK(second.before->failed == 1);

  const Verification given = verify(project, command, patch, {},
                                    CommandResult{CommandResult::End::exited, 1, "2 failed, 5 passed in 1s"});
  CHECK(log.read("runs") == "one\ntwo\ntwo\ntwo\n");
  REQUIRE(given.before);
  CHECK(given.before->failed == 2);
  CHECK(given.before->passed == 5);
}

TEST_CASE("a run that takes too long has failed, and the project is put back") {
  const Scratch project;
  project.write("a.txt", "one\n");
  const Unchanged unchanged(project);
  const Verification result =
      verify(project, shell("echo started; sleep 1000"), modify("a.txt", "one\n", "two\n"), {},
             CommandResult{}, providers::Milliseconds(300));
  CHECK(result.state == State::failed);
  CHECK(result.reason.find("did not end within 300 ms") != std::string::npos);
  CHECK(result.output == "started\n");
}

TEST_CASE("a cancelled run proves nothing, and the project is put back") {
  const Scratch project;
  project.write("a.txt", "one\n");
  const std::string all = project.everything();
  const fix::Patch patch = modify("a.txt", "one\n", "two\n");
  for (const bool before_given : {true, false}) {
    const test::StopWhenReady stop(project);
    const Verification result =
        verify(project, shell("trap '' TERM; echo x > ready; sleep 1000"), patch, stop.token(),
               before_given ? std::optional(CommandResult{}) : std::nullopt);
    CHECK(result.state == State::not_run);
    CHECK(result.reason == (before_given ? "cancelled: while the command ran"
                                         : "cancelled: while the command ran without the change"));
    CHECK_FALSE(result.after);
  }
  CHECK(project.everything() == all);

  std::stop_source stopped;
  stopped.request_stop();
  CHECK(verify(project, shell("touch ran"), patch, stopped.get_token()).state == State::not_run);
  CHECK(project.everything() == all);
  CHECK_FALSE(test::has_children());
}

TEST_CASE("what the command itself changed is not overwritten, and said loudly") {
  const Scratch project;
  project.write("a.txt", "one\n");
  project.write("b.txt", "one\n");
  const fix::Patch patch{{change(ChangeKind::modify, "a.txt", "one\n", "two\n"),
                          change(ChangeKind::modify, "b.txt", "one\n", "two\n")}};
  const Verification result = verify(project, shell("echo mine > a.txt"), patch);
  CHECK(result.state == State::failed);
  CHECK(result.reason.find("THE PROJECT COULD NOT BE PUT BACK AS IT WAS: a.txt") == 0);
  CHECK(result.reason.find("b.txt") == std::string::npos);
  CHECK(project.read("a.txt") == "mine\n");
  CHECK(project.read("b.txt") == "one\n");
}

TEST_CASE("a command that puts a file back itself is no trouble") {
  const Scratch project;
  project.write("a.txt", "one\n");
  const Unchanged unchanged(project);
  const fix::Patch patch{{change(ChangeKind::modify, "a.txt", "one\n", "two\n"),
                          change(ChangeKind::create, "new/n.txt", "", "n\n")}};
  const Verification result = verify(project, shell("echo one > a.txt; rm -r new"), patch);
  INFO(result.reason);
  CHECK(result.state == State::passed);
}

TEST_CASE("two verifications in one project take turns") {
  const Scratch project;
  project.write("a.txt", "0\n");
  project.write("b.txt", "0\n");
  const Unchanged unchanged(project);
  // Each must never see the other's change.
  int passed[2] = {0, 0};
  {
    std::vector<std::jthread> threads;
    for (int number = 0; number < 2; ++number) {
      threads.emplace_back([&project, &passed, number] {
        const std::string mine = number == 0 ? "a.txt" : "b.txt";
        const std::string other = number == 0 ? "b.txt" : "a.txt";
        const Command command = shell("grep -q 1 " + mine + " && grep -q 0 " + other);
        for (int round = 0; round < 10; ++round) {
          if (verify(project, command, modify(mine, "0\n", "1\n")).state == State::passed) ++passed[number];
        }
      });
    }
  }
  CHECK(passed[0] == 10);
  CHECK(passed[1] == 10);
}

TEST_CASE("verifying leaves no descriptor and no thread") {
  const Scratch project;
  project.write("a.txt", "one\n");
  const fix::Patch patch = modify("a.txt", "one\n", "two\n");
  const std::size_t descriptors = test::open_descriptors();
  const std::size_t threads = test::thread_count();
  for (int round = 0; round < 20; ++round) verify(project, shell("grep -q two a.txt"), patch);
  CHECK(test::open_descriptors() == descriptors);
  CHECK(test::thread_count() == threads);
}

}  // namespace
}  // namespace autofix::verify
