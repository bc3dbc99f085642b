// The verifier over real runs: one look at the project as it is, one at each candidate.
#include "server/verify/scratch_verifier.h"

#include <thread>

#include "server/problems/readers.h"
#include "tests/server/verify/scratch.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using fix::Verification;
using test::Scratch;
using State = Verification::State;

constexpr const char* kBuggy = "def add(a, b):\n    return a - b\n";
constexpr const char* kFixed = "def add(a, b):\n    return a + b\n";
constexpr const char* kTest =
    "import unittest\nfrom calc import add\n\nclass T(unittest.TestCase):\n"
    "    def test_add(self): self.assertEqual(add(1, 2), 3)\n"
    "    def test_zero(self): self.assertEqual(add(0, 0), 0)\n";

fix::Patch modify(std::string path, std::string before, std::string after) {
  fix::FileChange change;
  change.path = std::move(path);
  change.before = std::move(before);
  change.after = std::move(after);
  return {{std::move(change)}};
}

problems::Problem failing(const std::string& name) {
  problems::Problem problem;
  problem.kind = problems::ProblemKind::test_failure;
  problem.path = "calc.py";
  problem.message = "AssertionError: -1 != 3";
  problem.test.emplace();
  problem.test->name = name;
  return problem;
}

/// A project with a failing test, and what may be changed about its verification.
struct Case {
  Scratch project;
  VerifierOptions options;
  fix::RequestContext context;

  Case() {
    project.write("calc.py", kBuggy);
    project.write("test_calc.py", kTest);
    options.scratch.root = std::filesystem::canonical(project.path());
    options.scratch.trusted = true;
    options.files = fix::make_disk_files(options.scratch.root, {});
    options.asked = {failing("test_calc.T.test_add")};
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    use("python3 -m unittest -v");
  }

  void use(const std::string& command) { options.proofs = {proof_of_command(parse_command(command))}; }

  Verification verify(const fix::Patch& patch) {
    const std::string before = project.everything();
    const auto verifier = make_scratch_verifier(options);
    verifier->begin(context);
    Verification verification = verifier->verify(context, patch);
    CHECK(project.everything() == before);
    return verification;
  }
};

TEST_CASE("a patch that makes a real test pass is proven, with counts before and after") {
  Case one;
  const test::NothingLeft nothing_left;
  const Verification proven = one.verify(modify("calc.py", kBuggy, kFixed));
  INFO(proven.reason);
  CHECK(proven.state == State::passed);
  CHECK(proven.sandbox == "isolated");
  CHECK(proven.command == std::vector<std::string>{"python3", "-m", "unittest", "-v"});
  REQUIRE(proven.before);
  REQUIRE(proven.after);
  CHECK(proven.before->failed == 1);
  CHECK(proven.before->passed == 1);
  CHECK(proven.after->failed == 0);
  CHECK(proven.after->passed == 2);
}

TEST_CASE("a patch that mends nothing, or breaks something, is not, and what it printed is told") {
  Case one;
  const test::NothingLeft nothing_left;
  Verification wrong = one.verify(modify("calc.py", kBuggy, "def add(a, b):\n    return a * b\n"));
  CHECK(wrong.state == State::failed);
  CHECK_THAT(wrong.output, Contains("2 != 3"));
  CHECK_THAT(wrong.reason, Contains("`python3 -m unittest -v`"));
  wrong = one.verify(modify("calc.py", kBuggy, "def add(a, b):\n    return 3\n"));
  CHECK(wrong.state == State::failed);
  CHECK_THAT(wrong.output, Contains("test_zero"));
}

TEST_CASE("one verifier judges many candidates, and looks at the project once") {
  Case one;
  const auto verifier = make_scratch_verifier(one.options);
  CHECK(verifier->verify(one.context, modify("calc.py", kBuggy, "def add(a, b): return 7\n")).state ==
        State::failed);
  CHECK(verifier->verify(one.context, modify("calc.py", kBuggy, kFixed)).state == State::passed);
  CHECK(verifier->verify(one.context, modify("calc.py", kBuggy, "broken(")).state == State::failed);
}

TEST_CASE("unsaved text is what is proven, not the disk") {
  Case one;
  one.project.write("calc.py", "this is not even Python\n");
  one.options.unsaved["calc.py"] = kBuggy;
  CHECK(one.verify(modify("calc.py", kBuggy, kFixed)).state == State::passed);
}

TEST_CASE("a problem that the check does not show is not reproduced") {
  Case one;
  one.project.write("calc.py", kFixed);
  const Verification verification = one.verify(modify("calc.py", kFixed, "def add(a, b): return b + a\n"));
  CHECK(verification.state == State::not_run);
  CHECK_THAT(verification.reason, StartsWith("not_reproduced: "));
  CHECK_THAT(verification.reason, Contains("test_add"));
}

TEST_CASE("a test that comes and goes without any change is never proven") {
  Case one;
  // Passes or fails by the parity of a number that the kernel makes up.
  one.project.write("test_calc.py",
                    "import unittest\nclass T(unittest.TestCase):\n  def test_add(self):\n"
                    "    self.assertLess(int(open('/proc/sys/kernel/random/uuid').read()[0], 16), 8)\n");
  for (int times = 0; times < 8; ++times) {
    const Verification verification = one.verify(modify("calc.py", kBuggy, kFixed));
    INFO(verification.reason);
    if (verification.state != State::not_run) continue;  // the looks agreed by chance
    const bool told =
        verification.reason.starts_with("flaky: ") || verification.reason.starts_with("not_reproduced: ");
    CHECK(told);
  }
}

TEST_CASE("old warnings of a file that is built because of the patch are not new") {
  Case one;
  one.project.write("main.c", "int old(int x) { int unused; return x; }\nint main(void) { return wrong; }\n");
  one.project.write("built", "");
  // Like a build tool: only what is newer than its output is compiled.
  one.project.write(
      "build.sh",
      "[ main.c -nt built ] && { gcc -Wall -c main.c -o built.o || exit 1; }; ! grep -q wrong main.c\n");
  const std::string buggy = one.project.read("main.c");
  problems::Problem problem;
  problem.message = "it fails";
  one.options.asked = {problem};
  one.use("sh build.sh");
  std::string mended = buggy;
  mended.replace(mended.find("wrong"), 5, "0");
  const Verification proven = one.verify(modify("main.c", buggy, mended));
  INFO(proven.reason);
  CHECK(proven.state == State::passed);
  const Verification warned = one.verify(modify("main.c", buggy, mended + "static void never(void) {}\n"));
  CHECK(warned.state == State::failed);
  CHECK_THAT(warned.reason, Contains("something new is reported: main.c"));
}

TEST_CASE("a candidate that never ends is ended and wrong") {
  Case one;
  one.options.timeout = providers::Milliseconds(1'500);
  const test::NothingLeft nothing_left;
  const Verification verification = one.verify(modify("calc.py", kBuggy, "while True: pass\n"));
  CHECK(verification.state == State::failed);
  CHECK_THAT(verification.reason, Contains("did not end in time"));
}

TEST_CASE("a cancelled verification proves nothing") {
  Case one;
  const test::NothingLeft nothing_left;
  std::stop_source source;
  one.context.stop = source.get_token();
  source.request_stop();
  const Verification verification = one.verify(modify("calc.py", kBuggy, kFixed));
  CHECK(verification.state == State::not_run);
  CHECK_THAT(verification.reason, StartsWith("cancelled: "));
}

TEST_CASE("a command that is not there is told, not taken for a failing test") {
  Case one;
  one.use("autofix-no-such-command");
  const Verification verification = one.verify(modify("calc.py", kBuggy, kFixed));
  CHECK(verification.state == State::not_run);
  CHECK_THAT(verification.reason, Contains("command not found: autofix-no-such-command"));
}

TEST_CASE("without isolation a copy proves, once the run has stumbled over what was planted in it") {
  Case one;
  one.options.scratch.mode = SandboxMode::copy;
  Verification verification = one.verify(modify("calc.py", kBuggy, kFixed));
  INFO(verification.reason);
  CHECK(verification.state == State::passed);
  CHECK(verification.sandbox == "copy");
  // By its absolute path the command reads the project itself.
  one.use("python3 -m unittest discover -v -s " + one.options.scratch.root.string());
  verification = one.verify(modify("calc.py", kBuggy, kFixed));
  CHECK(verification.state == State::not_run);
  CHECK_THAT(verification.reason, StartsWith("no_canary: "));
}

TEST_CASE("absolute paths into the project lead to the copy where it is isolated") {
  Case one;
  one.use("python3 -m unittest discover -v -s " + one.options.scratch.root.string());
  CHECK(one.verify(modify("calc.py", kBuggy, kFixed)).state == State::passed);
}

}  // namespace
}  // namespace autofix::verify
