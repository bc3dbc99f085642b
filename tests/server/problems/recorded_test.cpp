// Reports of real tools (fixtures/README.md says which), read to the last problem.
#include "server/problems/readers.h"
#include "tests/server/problems/fixtures_by_name.h"

namespace autofix::problems {
namespace {

/// One line for one problem, one-based as people read it:
/// `path:line:column severity [source code] message | test: name | frames: path:line …`
std::string described(const Problem& problem) {
  constexpr const char* kSeverities[] = {"", "error", "warning", "info", "hint"};
  std::string text = problem.path + ":" + std::to_string(problem.range.start.line + 1) + ":" +
                     std::to_string(problem.range.start.character + 1) + " " +
                     kSeverities[static_cast<int>(problem.severity)];
  text += " [" + problem.source + (problem.code.empty() ? "" : " " + problem.code) + "] ";
  text += problem.message.substr(0, problem.message.find('\n'));
  if (problem.test) {
    text += " | test: " + problem.test->name;
    if (!problem.test->expected.empty() || !problem.test->actual.empty()) {
      text += " | wanted " + problem.test->expected + ", got " + problem.test->actual;
    }
    if (!problem.test->stack.empty()) text += " | frames:";
    for (const StackFrame& frame : problem.test->stack)
      text += " " + frame.path + ":" + std::to_string(frame.line + 1);
  }
  for (const RelatedLocation& related : problem.related) {
    text += " | " + related.path + ":" + std::to_string(related.range.start.line + 1) + " " + related.message;
  }
  return text;
}

using Lines = std::vector<std::string>;

Lines described(const Problems& problems) {
  Lines lines;
  for (const Problem& problem : problems) lines.push_back(described(problem));
  return lines;
}

Lines report(const std::string& name) {
  const ReadReport read = read_test_report(fixture(name));
  INFO(name << ": " << (read ? "" : read.error().message));
  REQUIRE(read);
  return described(read->problems);
}

Lines compiler(const std::string& name) {
  return described(read_compiler_text(fixture(name)));
}

Lines run(const std::string& name) {
  return described(read_run_output(fixture(name), 1, "cmd"));
}

TEST_CASE("pytest's JUnit report") {
  CHECK(report("pytest.xml") ==
        Lines{"app/routes.py:2:1 error [junit tests/test_routes.py::test_create] NameError: name 'models' is "
              "not defined | test: "
              "tests/test_routes.py::test_create | frames: tests/test_routes.py:6 app/routes.py:2",
              "tests/test_routes.py:11:1 error [junit tests/test_routes.py::test_add[1-1-2]] assert 0 == 2 | "
              "test: "
              "tests/test_routes.py::test_add[1-1-2] | wanted 2, got 0 | frames: tests/test_routes.py:11",
              "tests/test_routes.py:25:1 error [junit tests/test_routes.py::test_error] failed on setup with "
              "\"RuntimeError: no "
              "database\" | test: tests/test_routes.py::test_error | frames: tests/test_routes.py:25"});
}

TEST_CASE("pytest's console output says the same") {
  CHECK(run("pytest.txt") ==
        Lines{"tests/test_routes.py:25:1 error [pytest tests/test_routes.py::test_error] RuntimeError: no "
              "database | test: "
              "tests/test_routes.py::test_error | frames: tests/test_routes.py:25",
              "app/routes.py:2:1 error [pytest tests/test_routes.py::test_create] NameError: name 'models' "
              "is not defined | test: "
              "tests/test_routes.py::test_create | frames: tests/test_routes.py:6 app/routes.py:2",
              "tests/test_routes.py:11:1 error [pytest tests/test_routes.py::test_add[1-1-2]] assert 0 == 2 "
              "| test: "
              "tests/test_routes.py::test_add[1-1-2] | wanted 2, got 0 | frames: tests/test_routes.py:11"});
}

TEST_CASE("unittest's console output, and a script's traceback") {
  CHECK(run("unittest.txt") ==
        Lines{"/tmp/p/py/app/routes.py:2:1 error [unittest test_unit.AddTest.test_error] NameError: name "
              "'models' is "
              "not defined | test: test_unit.AddTest.test_error | frames: /tmp/p/py/test_unit.py:10 "
              "/tmp/p/py/app/routes.py:2",
              "/tmp/p/py/test_unit.py:7:1 error [unittest test_unit.AddTest.test_add] AssertionError: 0 != 2 "
              "| test: "
              "test_unit.AddTest.test_add | wanted 2, got 0 | frames: /tmp/p/py/test_unit.py:7"});
  const std::string crash =
      "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    run()\n"
      "  File \"/app/run.py\", line 7, in run\n    1 / 0\nZeroDivisionError: division by zero\n";
  CHECK(described(read_run_output(crash, 1, "python3 main.py")) ==
        Lines{"/app/run.py:7:1 error [python] ZeroDivisionError: division by zero | /app/main.py:3 called in "
              "<module> "
              "| /app/run.py:7 called in run"});
}

TEST_CASE("Catch2's JUnit report and console output") {
  CHECK(report("catch2.xml") ==
        Lines{"test.cpp:5:1 error [junit adds numbers] add(1, 1) == 2 | test: adds numbers | wanted 2, got 0 "
              "| frames: test.cpp:5",
              "test.cpp:8:1 error [junit sections/one] add(2, 2) == 4 | test: sections/one | wanted 4, got 0 "
              "| frames: test.cpp:8",
              "test.cpp:11:1 error [junit throws] no database | test: throws | frames: test.cpp:11"});
  const Lines console = run("catch2.txt");
  REQUIRE(console.size() == 3);
  CHECK(console[0] ==
        "test.cpp:5:1 error [catch2 adds numbers] REQUIRE( add(1, 1) == 2 ) | test: adds numbers | wanted 2, "
        "got 0 | frames: test.cpp:5");
  CHECK(console[1] ==
        "test.cpp:8:1 error [catch2 sections] CHECK( add(2, 2) == 4 ) | test: sections | wanted 4, got 0 | "
        "frames: test.cpp:8");
  CHECK(console[2].starts_with("test.cpp:11:1 error [catch2 throws] "));
}

TEST_CASE("ctest's report and console output lead to the failing line") {
  const Lines xml = report("ctest.xml");
  REQUIRE(xml.size() == 1);
  CHECK(xml[0].starts_with("/tmp/p/cpp/test.cpp:5:1 error [junit adds] "));
  CHECK(xml[0].find("| test: adds | wanted 2, got 0 |") != std::string::npos);
  CHECK(run("ctest.txt") ==
        Lines{"/tmp/p/cpp/test.cpp:5:1 error [ctest adds] REQUIRE( add(1, 1) == 2 ) | test: adds | "
              "wanted 2, got 0 | frames: /tmp/p/cpp/test.cpp:4 /tmp/p/cpp/test.cpp:5"});
}

TEST_CASE("reports of GoogleTest, jest-junit and vitest: exactly what fails, disabled tests aside") {
  const Lines google = report("gtest.xml");
  REQUIRE(google.size() == 1);
  CHECK(google[0].starts_with("gt.cpp:3:1 error "));
  const Lines jest = report("jest-junit.xml");
  REQUIRE(jest.size() == 2);
  CHECK(jest[0].starts_with("/tmp/p/js/calc.test.js:5:1 error [junit calc adds] "));
  CHECK(jest[0].find("wanted 2, got 0") != std::string::npos);
  CHECK(jest[1].starts_with(
      "/tmp/p/js/calc.test.js:11:1 error [junit calc throws] ReferenceError: nothing is not defined"));
  const Lines vitest = report("vitest.xml");
  REQUIRE(vitest.size() == 1);
  CHECK(vitest[0].find("expected +0 to be 2") != std::string::npos);
}

TEST_CASE("jest's console output") {
  CHECK(run("jest.txt") == Lines{"calc.test.js:5:1 error [jest calc › adds] expect(received).toBe(expected) "
                                 "// Object.is equality | test: calc › adds | "
                                 "wanted 2, got 0 | frames: calc.test.js:5",
                                 "calc.test.js:11:1 error [jest calc › throws] ReferenceError: nothing is "
                                 "not defined | test: calc › throws | frames: "
                                 "calc.test.js:11"});
}

TEST_CASE("output of a runner that is not known is one problem that carries its end") {
  const Problems problems =
      read_run_output("checking \x1b[31mthings\x1b[0m\nthing 3 is bad\n", 1, "make check");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].path.empty());
  CHECK(problems[0].message == "`make check` failed with exit status 1");
  REQUIRE(problems[0].test);
  CHECK(problems[0].test->output == "checking things\nthing 3 is bad\n");
  CHECK(read_run_output(fixture("pytest.txt"), 0, "pytest").empty());
}

TEST_CASE("gcc's text with its include chain and notes") {
  CHECK(
      compiler("gcc.txt") ==
      Lines{
          "calc.h:2:27 error [compiler] ‘undeclared_name’ was not declared in this scope | calc.cpp:2 "
          "included from here",
          "calc.h:2:15 warning [compiler -Wunused-parameter] unused parameter ‘x’",
          "calc.cpp:8:3 error [compiler] expected ‘,’ or ‘;’ before ‘return’",
          "calc.cpp:7:7 warning [compiler -Wunused-variable] unused variable ‘lenght’",
          "calc.cpp:9:1 warning [compiler -Wreturn-type] no return statement in function returning non-void",
          "calc.cpp:6:24 warning [compiler -Wunused-parameter] unused parameter ‘name’"});
  CHECK(compiler("gcc-warnings.txt") ==
        Lines{"warn.cpp:4:9 warning [compiler -Wparentheses] suggest parentheses around assignment used as "
              "truth value",
              "warn.cpp:5:12 warning [compiler -Wformat=] format ‘%s’ expects argument of type ‘char*’, but "
              "argument 2 has type ‘int’",
              "warn.cpp:4:21 warning [compiler -Wmaybe-uninitialized] ‘y’ may be used uninitialized | "
              "warn.cpp:3 ‘y’ was declared here"});
}

TEST_CASE("clang's and clang-tidy's text") {
  CHECK(compiler("clang.txt") ==
        Lines{"calc.h:2:27 error [compiler] use of undeclared identifier 'undeclared_name' | calc.cpp:2 "
              "included from here",
              "calc.h:2:15 warning [compiler -Wunused-parameter] unused parameter 'x'",
              "calc.cpp:7:17 error [compiler] expected ';' at end of declaration",
              "calc.cpp:6:24 warning [compiler -Wunused-parameter] unused parameter 'name'"});
  const Lines tidy = compiler("clang-tidy.txt");
  REQUIRE(tidy.size() == 3);
  CHECK(
      tidy[1].starts_with("/tmp/p/cpp/warn.cpp:4:14 warning [clang-tidy "
                          "clang-analyzer-core.uninitialized.UndefReturn] Undefined or garbage"));
}

TEST_CASE("tsc, mypy and shellcheck") {
  CHECK(compiler("tsc.txt") ==
        Lines{"src/calc.ts:4:14 error [tsc TS2322] Type 'number' is not assignable to type 'string'.",
              "src/calc.ts:5:13 error [tsc TS2552] Cannot find name 'lenght'. Did you mean 'length'?"});
  CHECK(compiler("mypy.txt") == Lines{"typed.py:2:1 error [mypy return-value] Incompatible return value "
                                      "type (got \"int\", expected \"str\")",
                                      "typed.py:5:1 error [mypy arg-type] Argument 1 to \"f\" has "
                                      "incompatible type \"str\"; expected \"int\""});
  const Lines shell = compiler("shellcheck.txt");
  REQUIRE(!shell.empty());
  CHECK(shell[0].starts_with(
      "x.sh:2:10 error [shellcheck SC2045] Iterating over ls output is fragile. Use globs."));
}

TEST_CASE("CR LF output is read as LF output is") {
  std::string text = fixture("gcc.txt");
  std::string crlf;
  for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(described(read_compiler_text(crlf)) == described(read_compiler_text(text)));
}

TEST_CASE("reports cut anywhere are read or refused, never worse") {
  for (const char* name :
       {"pytest.xml", "catch2.xml", "ctest.xml", "gtest.xml", "jest-junit.xml", "vitest.xml"}) {
    const std::string whole = fixture(name);
    const std::size_t all = report(name).size();
    for (std::size_t size = 0; size < whole.size(); size += 97) {
      const ReadReport read = read_test_report(whole.substr(0, size));
      if (read) {
        CHECK(read->problems.size() <= all);
      } else {
        CHECK(!read.error().message.empty());
        CHECK(read.error().message.find('\n') == std::string::npos);
      }
    }
  }
  for (const char* name :
       {"pytest.txt", "unittest.txt", "gcc.txt", "clang-tidy.txt", "jest.txt", "ctest.txt", "catch2.txt"}) {
    const std::string whole = fixture(name);
    for (std::size_t size = 0; size < whole.size(); size += 97) {
      (void)read_run_output(std::string_view(whole).substr(0, size), 1, "cmd");
      (void)read_compiler_text(std::string_view(whole).substr(0, size));
    }
  }
}

}  // namespace
}  // namespace autofix::problems
