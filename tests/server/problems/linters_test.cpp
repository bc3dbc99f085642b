// What real compilers and linters said (fixtures/README.md says which): path, range, severity, code, source.
#include "server/problems/readers.h"
#include "tests/server/problems/fixtures_by_name.h"

namespace autofix::problems {
namespace {

using Lines = std::vector<std::string>;

/// `path:line:column-line:column severity [source code]`, one-based.
std::string described(const Problem& problem) {
  constexpr const char* kSeverities[] = {"", "error", "warning", "info", "hint"};
  const auto place = [](text::Position position) {
    return std::to_string(position.line + 1) + ":" + std::to_string(position.character + 1);
  };
  std::string text = problem.path + ":" + place(problem.range.start);
  if (problem.range.end != problem.range.start) text += "-" + place(problem.range.end);
  text += std::string(" ") + kSeverities[static_cast<int>(problem.severity)] + " [" + problem.source;
  return text + (problem.code.empty() ? "]" : " " + problem.code + "]");
}

void check(const std::string& file, const Lines& expected) {
  INFO(file);
  const Read read = read_diagnostics(fixture("diagnostics/" + file));
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  Lines lines;
  for (const Problem& problem : *read) {
    lines.push_back(described(problem));
    CHECK(!problem.message.empty());
    CHECK(problem.message.find('\x1b') == std::string::npos);
  }
  CHECK(lines == expected);
}

TEST_CASE("linters of JavaScript and TypeScript") {
  check("eslint.txt",
        {"/app/app.js:2:7 error [eslint no-unused-vars]", "/app/app.js:3:9 warning [eslint eqeqeq]",
         "/app/app.js:3:23 error [eslint semi]", "/app/app.js:4:10 error [eslint no-undef]",
         "/app/bad.js:1:7 error [eslint]", "/app/eslint.config.js:1:12 error [eslint no-undef]",
         "/app/eslint.config.js:2:1 error [eslint no-undef]"});
  check("eslint.json",
        {"/app/app.js:2:7-2:13 error [eslint no-unused-vars]", "/app/app.js:3:9-3:11 warning [eslint eqeqeq]",
         "/app/app.js:3:23-4:1 error [eslint semi]", "/app/app.js:4:10-4:23 error [eslint no-undef]",
         "/app/bad.js:1:7 error [eslint]", "/app/eslint.config.js:1:12-1:19 error [eslint no-undef]",
         "/app/eslint.config.js:2:1-2:7 error [eslint no-undef]"});
  check("eslint.sarif",
        {"/app/app.js:2:7-2:13 error [ESLint no-unused-vars]", "/app/app.js:3:9-3:11 warning [ESLint eqeqeq]",
         "/app/app.js:3:23-4:1 error [ESLint semi]", "/app/app.js:4:10-4:23 error [ESLint no-undef]",
         "/app/eslint.config.js:1:12-1:19 error [ESLint no-undef]",
         "/app/eslint.config.js:2:1-2:7 error [ESLint no-undef]",
         "/app/bad.js:1:7 error [ESLint ESL0999]"});  // a notification, not a result
  check("tsc-pretty.txt", {"calc.ts:4:3 error [tsc TS2322]", "calc.ts:6:13 error [tsc TS2552]"});
}

TEST_CASE("linters of Python") {
  check("pyright.txt", {"/app/typed.py:6:12 error [pyright reportReturnType]",
                        "/app/typed.py:9:7 error [pyright reportUndefinedVariable]",
                        "/app/typed.py:9:25 error [pyright reportArgumentType]"});
  check("pyright.json", {"/app/typed.py:6:12-6:13 error [pyright reportReturnType]",
                         "/app/typed.py:9:7-9:21 error [pyright reportUndefinedVariable]",
                         "/app/typed.py:9:25-9:28 error [pyright reportArgumentType]"});
  check("mypy-columns.txt",
        {"lint.py:6:12-6:13 error [mypy return-value]", "lint.py:9:7-9:8 error [mypy name-defined]",
         "lint.py:9:25-9:28 error [mypy arg-type]"});
  check("flake8.txt", {"lint.py:1:1 warning [flake8 F401]", "lint.py:5:5 warning [flake8 F841]",
                       "lint.py:9:7 warning [flake8 F821]"});
  check("pylint.txt", {"lint.py:1:1 info [pylint C0114]", "lint.py:4:1 info [pylint C0116]",
                       "lint.py:4:1 info [pylint C0103]", "lint.py:4:6 info [pylint C0103]",
                       "lint.py:5:4 info [pylint C0103]", "lint.py:5:4 warning [pylint W0612]",
                       "lint.py:9:6 error [pylint E0602]", "lint.py:1:1 warning [pylint W0611]"});
  const Lines ruff = {"lint.py:1:8 warning [ruff F401]", "lint.py:5:5 warning [ruff F841]",
                      "lint.py:9:7 warning [ruff F821]"};
  check("ruff-concise.txt", ruff);
  check("ruff-full.txt", ruff);
  const Lines with_ranges = {"/app/lint.py:1:8-1:10 error [ruff F401]",
                             "/app/lint.py:5:5-5:6 error [ruff F841]",
                             "/app/lint.py:9:7-9:21 error [ruff F821]"};
  check("ruff-json.json", with_ranges);
  check("ruff-sarif.sarif", with_ranges);
}

TEST_CASE("pyright's message keeps its further lines, without the rule") {
  const Problems problems = read_compiler_text(fixture("diagnostics/pyright.txt"));
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].message ==
        "Type \"int\" is not assignable to return type \"str\"\n\"int\" is not assignable to \"str\"");
}

TEST_CASE("a tool's own fix is kept where it is one replacement") {
  for (const char* file : {"ruff-json.json", "ruff-sarif.sarif"}) {
    INFO(file);
    const Read read = read_diagnostics(fixture(std::string("diagnostics/") + file));
    REQUIRE(read);
    REQUIRE(read->size() == 3);
    REQUIRE((*read)[0].suggested);
    CHECK((*read)[0].suggested->range == text::Range{{0, 0}, {1, 0}});
    CHECK((*read)[0].suggested->text.empty());
    CHECK(!(*read)[2].suggested);
  }
}

TEST_CASE("rustc, clippy, Go, Java, C, shell") {
  const Lines rustc = {"src/lib.rs:3:12 error [rustc E0425]", "src/lib.rs:2:24 error [rustc E0308]"};
  check("rustc.txt", rustc);
  check("rustc-short.txt", rustc);
  check("cargo.jsonl",
        {"src/lib.rs:3:12-3:18 error [rustc E0425]", "src/lib.rs:2:24-2:25 error [rustc E0308]"});
  check("clippy.txt", {"src/lib.rs:2:9 warning [rustc unused_variables]",
                       "src/lib.rs:3:8 warning [clippy clippy::len_zero]"});
  check("clippy-short.txt", {"src/lib.rs:2:9 warning [rustc]", "src/lib.rs:3:8 warning [rustc]"});
  check("go-vet.txt",
        {"vet/vet.go:6:2 error [go]", "vet/vet.go:8:2 error [go]", "broken/broken_test.go:6:2 error [go]"});
  check("javac.txt",
        {"src/main/java/app/Calc.java:4:54 error [javac]", "src/main/java/app/Calc.java:4:70 error [javac]"});
  check("cppcheck.txt", {"cc.c:5:14 error [cppcheck memleak]", "cc.c:6:3 error [cppcheck memleak]",
                         "cc.c:6:14 error [cppcheck zerodiv]", "cc.c:5:22 error [cppcheck uninitdata]",
                         "cc.c:6:10 error [cppcheck uninitdata]", "cc.c:4:14 hint [cppcheck unreadVariable]",
                         "cc.c:2:1 hint [cppcheck unusedFunction]"});
  check("shellcheck-gcc.txt", {"x.sh:2:10 error [shellcheck SC2045]", "x.sh:2:15 info [shellcheck SC2035]",
                               "x.sh:3:8 info [shellcheck SC2086]", "x.sh:5:8 info [shellcheck SC2059]"});
  const Lines shell = {"x.sh:2:10-2:21 error [shellcheck SC2045]", "x.sh:2:15-2:16 info [shellcheck SC2035]",
                       "x.sh:3:8-3:10 info [shellcheck SC2086]", "x.sh:5:8-5:12 info [shellcheck SC2059]"};
  check("shellcheck.json", shell);
  check("shellcheck-json1.json", shell);
  check("gcc.sarif",
        {"/app/calc.h:2:44-2:56 error [GNU C++17 error]",
         "/app/calc.h:2:18-2:33 warning [GNU C++17 -Wunused-parameter]",
         "/app/bad.cpp:5:16-5:21 error [GNU C++17 error]", "/app/bad.cpp:5:23-5:29 error [GNU C++17 error]",
         "/app/bad.cpp:4:7-4:13 warning [GNU C++17 -Wunused-variable]"});
}

TEST_CASE("Maven's compiler errors come once, with their columns; a run without tests is one failure") {
  const TestReport report = read_output(fixture("runs/maven-compile.txt"), 1);
  CHECK(report.failed == 1);
  REQUIRE(report.problems.size() == 2);
  CHECK(described(report.problems[0]) == "/app/src/main/java/app/Calc.java:4:54 error [javac]");
  CHECK(described(report.problems[1]) == "/app/src/main/java/app/Calc.java:4:70 error [javac]");
}

TEST_CASE("diagnostics as JSON on a command's output, behind npm's words") {
  const std::string output =
      "\n> app@1.0.0 lint\n> eslint . -f json\n\n" + fixture("diagnostics/eslint.json");
  const TestReport report = read_output(output, 1);
  CHECK(report.problems.size() == 7);
  CHECK(report.failed == 1);
  CHECK(read_output("Compiling\n" + fixture("diagnostics/cargo.jsonl"), 101).problems.size() == 2);
}

}  // namespace
}  // namespace autofix::problems
