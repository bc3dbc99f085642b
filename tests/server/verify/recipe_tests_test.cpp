// From a failing test to the commands that show it: one case per row of the table and per spelling of a name.
#include "tests/server/verify/recipe_cases.h"
#include "tests/support/catch.h"

namespace autofix::verify::test {
namespace {

using problems::Problem;

struct Case {
  const char* what;
  World world;
  std::vector<Problem> problems;
  std::string expected;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    INFO(one.what);
    CHECK(shown(find_in(one.world, one.problems)) == one.expected);
  }
}

const std::string kPytest = "-rA -q -p no:cacheprovider --color=no";

}  // namespace

TEST_CASE("recipes: pytest runs a test by its identifier") {
  const Files files = {{"tests/test_x.py", ""}, {"x.py", ""}};
  const World on_path = {files, {"pytest"}};
  const std::string wide = "  wide: env PYTHONPATH=. pytest " + kPytest + "\n";
  const auto narrow = [&](const std::string& id) {
    return "pytest\n  narrow: env PYTHONPATH=. pytest " + kPytest + " " + id + "\n" + wide;
  };
  Problem by_stack = failing_test("junit", "test_y", "TestA");
  by_stack.test->stack = {{"/project/tests/test_x.py", 3, "test_y"}, {"/project/x.py", 1, "f"}};
  check({
      {"its own spelling",
       on_path,
       {failing_test("pytest", "tests/test_x.py::TestA::test_y")},
       narrow("tests/test_x.py::TestA::test_y")},
      {"parameters with anything in them",
       on_path,
       {failing_test("pytest", "tests/test_x.py::test_y[a b;$(c)]")},
       narrow("'tests/test_x.py::test_y[a b;$(c)]'")},
      {"JUnit's class and name",
       on_path,
       {failing_test("junit", "test_y[1.5]", "tests.test_x.TestA")},
       narrow("'tests/test_x.py::TestA::test_y[1.5]'")},
      {"a function in JUnit",
       on_path,
       {failing_test("junit", "test_y", "tests.test_x")},
       narrow("tests/test_x.py::test_y")},
      {"found by the stack", on_path, {by_stack}, narrow("tests/test_x.py::TestA::test_y")},
      {"a file that cannot be imported",
       on_path,
       {failing_test("pytest", "tests/test_x.py")},
       narrow("tests/test_x.py")},
      {"two tests, one proof",
       on_path,
       {failing_test("pytest", "tests/test_x.py::test_a"), failing_test("pytest", "tests/test_x.py::test_b")},
       narrow("tests/test_x.py::test_a tests/test_x.py::test_b")},
      {"an unknown file cannot be selected",
       on_path,
       {failing_test("pytest", "test_other.py::test_y")},
       "pytest\n" + wide},
      {"the environment of the project",
       {files, {"pytest", ".venv/bin/pytest"}},
       {failing_test("pytest", "tests/test_x.py::test_y")},
       "pytest\n  narrow: .venv/bin/python -m pytest " + kPytest + " tests/test_x.py::test_y\n" +
           "  wide: .venv/bin/python -m pytest " + kPytest + "\n"},
      {"a project in a folder of the repository, the environment above",
       {{{"backend/tests/test_x.py", ""}}, {"venv/bin/pytest"}},
       {failing_test("pytest", "tests/test_x.py::test_y")},
       "pytest in backend\n  narrow: ../venv/bin/python -m pytest " + kPytest + " tests/test_x.py::test_y\n" +
           "  wide: ../venv/bin/python -m pytest " + kPytest + "\n"},
      {"no pytest anywhere",
       {files, {"python3"}},
       {failing_test("pytest", "tests/test_x.py::test_y")},
       "no recipe for the failing test tests/test_x.py::test_y (reported by pytest): pytest is neither in "
       "the "
       "project nor on PATH; name a command with verify.commands or --verify\n"},
  });
}

TEST_CASE("recipes: unittest discovers the one test") {
  const World packaged = {{{"tests/__init__.py", ""}, {"tests/test_x.py", ""}}, {"python3"}};
  const World plain = {{{"tests/test_x.py", ""}}, {"python3", "python"}};
  const auto expected = [](const std::string& top) {
    return "unittest\n  narrow: python3 -m unittest discover -v -s tests -t " + top +
           " -p test_x.py -k '*test_x.TestA.test_y'\n  wide: python3 -m unittest discover -v -s tests -t " +
           top + "\n";
  };
  check({
      {"a dotted name", packaged, {failing_test("unittest", "tests.test_x.TestA.test_y")}, expected(".")},
      {"as unittest prints it",
       packaged,
       {failing_test("unittest", "test_y (tests.test_x.TestA)")},
       expected(".")},
      {"as Python 3.11 prints it",
       packaged,
       {failing_test("unittest", "test_y (tests.test_x.TestA.test_y)")},
       expected(".")},
      {"a folder that is no package",
       plain,
       {failing_test("unittest", "test_y", "test_x.TestA")},
       expected("tests")},
      {"a JUnit report, and no pytest",
       plain,
       {failing_test("junit", "test_y", "tests.test_x.TestA")},
       expected("tests")},
  });
}

TEST_CASE("recipes: ctest builds, then runs the registered test") {
  const Files files = {
      {"CMakeLists.txt", "add_executable(unit x_test.cpp)\n"},
      {"x_test.cpp", ""},
      {"build/CMakeCache.txt", ""},
      {"build/CTestTestfile.cmake", "include(\"/project/build/unit_include.cmake\")\nsubdirs(\"sub\")\n"},
      {"build/unit_include.cmake", "include(\"/project/build/unit_tests.cmake\")\n"},
      {"build/unit_tests.cmake",
       "add_test( [==[unit: adds (a+b)]==] /project/build/unit)\nadd_test( [==[unit: re-adds]==] x)\n"},
      {"build/sub/CTestTestfile.cmake",
       "add_test(\"Calc.Adds\" \"/project/build/sub/calc\")\nadd_test(plain \"x\")\n"},
  };
  const World world = {files, {"cmake", "ctest"}};
  const auto expected = [](const std::string& pattern) {
    return "ctest\n  prepare: cmake --build build --parallel 4\n  narrow: ctest --test-dir build "
           "--output-on-failure -R " +
           pattern + "\n  wide: ctest --test-dir build --output-on-failure\n";
  };
  World fresh = world;
  fresh.files["build/CTestTestfile.cmake"] = "";
  World unbuilt = world;
  unbuilt.files.erase("build/CTestTestfile.cmake");
  unbuilt.files.erase("build/sub/CTestTestfile.cmake");
  World preset = unbuilt;
  preset.files["out-of-the-way/dev/CTestTestfile.cmake"] = "add_test(plain x)";
  preset.files["CMakePresets.json"] =
      R"({"configurePresets": [{"name": "dev", "binaryDir": "${sourceDir}/out-of-the-way/${presetName}"}]})";
  check({
      {"ctest's own name", world, {failing_test("ctest", "plain")}, expected("'^plain$'")},
      {"Catch2's name behind the prefix",
       world,
       {failing_test("catch2", "adds (a+b)")},
       expected("'^unit: adds \\(a\\+b\\)$'")},
      {"a name that ends another is not that one",
       world,
       {failing_test("catch2", "dds (a+b)")},
       "no recipe for the failing test dds (a+b) (reported by catch2): ctest knows no test of that name; "
       "name a "
       "command with verify.commands or --verify\n"},
      {"GoogleTest's suite and case",
       world,
       {failing_test("googletest", "Adds", "Calc")},
       expected("'^Calc\\.Adds$'")},
      {"another suite's case",
       world,
       {failing_test("googletest", "Adds", "Other")},
       "no recipe for the failing test Adds (reported by googletest): ctest knows no test of that name; name "
       "a "
       "command with verify.commands or --verify\n"},
      {"a JUnit report and a C++ file",
       world,
       {failing_test("junit", "plain", "", "x_test.cpp")},
       expected("'^plain$'")},
      {"two tests",
       world,
       {failing_test("ctest", "plain"), failing_test("ctest", "Calc.Adds")},
       expected("'^(plain|Calc\\.Adds)$'")},
      {"names are not known yet",
       fresh,
       {failing_test("ctest", "adds")},
       expected("'^(.*[^A-Za-z0-9_])?adds$'")},
      {"a folder that a preset names",
       preset,
       {failing_test("ctest", "plain")},
       "ctest\n  prepare: cmake --build out-of-the-way/dev --parallel 4\n  narrow: ctest --test-dir "
       "out-of-the-way/dev "
       "--output-on-failure -R '^plain$'\n  wide: ctest --test-dir out-of-the-way/dev --output-on-failure\n"},
      {"never configured",
       unbuilt,
       {failing_test("ctest", "plain")},
       "no recipe for the failing test plain (reported by ctest): no build folder with tests was found "
       "(configure "
       "the project once); name a command with verify.commands or --verify\n"},
  });
}

TEST_CASE("recipes: programs of Catch2 and GoogleTest that ctest does not know") {
  const Files files = {{"tests/CMakeLists.txt", "add_executable(unit\n  calc_test.cpp other.cpp)\n"},
                       {"tests/calc_test.cpp", "#include <catch2/catch.hpp>"},
                       {"tests/other.cpp", "#include <gtest/gtest.h>"},
                       {"build/CMakeCache.txt", ""}};
  const World world = {files, {"cmake", "build/tests/unit"}};
  const std::string prepare = "  prepare: cmake --build build --parallel 4\n";
  check({
      {"Catch2 by the file",
       world,
       {failing_test("catch2", "adds, [fast]", "", "tests/calc_test.cpp")},
       "catch2\n" + prepare + "  narrow: ./build/tests/unit -r junit 'adds\\, \\[fast\\]'\n" +
           "  wide: ./build/tests/unit -r junit\n"},
      {"GoogleTest",
       world,
       {failing_test("gtest", "Adds/1", "Calc", "tests/other.cpp")},
       "googletest\n" + prepare +
           "  narrow: ./build/tests/unit --gtest_color=no --gtest_filter=Calc.Adds/1\n" +
           "  wide: ./build/tests/unit --gtest_color=no\n"},
      {"a filter's own characters select nothing",
       world,
       {failing_test("gtest", "A*:B", "Calc", "tests/other.cpp")},
       "googletest\n" + prepare + "  wide: ./build/tests/unit --gtest_color=no\n"},
      {"a JUnit report",
       world,
       {failing_test("junit", "adds", "", "tests/calc_test.cpp")},
       "catch2\n" + prepare +
           "  narrow: ./build/tests/unit -r junit adds\n  wide: ./build/tests/unit -r junit\n"},
  });
  World by_class = world;
  by_class.programs = {"cmake", "build/unit"};
  check(
      {{"Catch2 by the class",
        by_class,
        {failing_test("catch2", "-x", "unit.global"), failing_test("catch2", "b", "unit.global")},
        "catch2\n" + prepare + "  narrow: ./build/unit -r junit '\\-x,b'\n  wide: ./build/unit -r junit\n"}});
}

TEST_CASE("recipes: the runners of JavaScript take a pattern") {
  const Files jest = {{"package.json", R"({"devDependencies": {"jest": "29"}})"}, {"a.test.js", ""}};
  const Files vitest = {{"package.json", R"({"devDependencies": {"vitest": "2"}})"}, {"src/a.test.ts", ""}};
  const Files mocha = {{"package.json", R"({"scripts": {"test": "nyc mocha --require x test/**/*.js --watch"},
                                            "devDependencies": {"mocha": "10"}})"},
                       {"test/a.js", ""}};
  const Files node = {{"package.json", R"({"scripts": {"test": "node --test lib/"}})"},
                      {"lib/a.test.mjs", "import test from 'node:test';"}};
  const std::string run_jest = "node_modules/.bin/jest --ci --verbose --colors=false";
  const std::string run_vitest = "node_modules/.bin/vitest run --reporter=verbose --no-color";
  const World with_jest = {jest, {"node_modules/.bin/jest", "jest"}};
  const World with_vitest = {vitest, {"node_modules/.bin/vitest"}};
  check({
      {"jest's console",
       with_jest,
       {failing_test("jest", "calc › adds (1+1)", "", "a.test.js")},
       "jest\n  narrow: " + run_jest +
           " '--testNamePattern=^calc( [>›])? adds \\(1\\+1\\)$' --runTestsByPath a.test.js" +
           "\n  wide: " + run_jest + "\n"},
      {"jest-junit's class is the name once more",
       with_jest,
       {failing_test("junit", "calc adds", "calc adds", "a.test.js")},
       "jest\n  narrow: " + run_jest +
           " '--testNamePattern=^calc adds$' --runTestsByPath a.test.js\n  wide: " + run_jest + "\n"},
      {"two tests",
       with_jest,
       {failing_test("jest", "a", "", "a.test.js"), failing_test("jest", "b", "", "a.test.js")},
       "jest\n  narrow: " + run_jest +
           " '--testNamePattern=^(a|b)$' --runTestsByPath a.test.js\n  wide: " + run_jest + "\n"},
      {"a file that cannot be loaded",
       with_jest,
       {failing_test("jest", "a.test.js")},
       "jest\n  narrow: " + run_jest +
           " '--testNamePattern=^.*$' --runTestsByPath a.test.js\n  wide: " + run_jest + "\n"},
      {"vitest's class is the file",
       with_vitest,
       {failing_test("junit", "calc > adds", "src/a.test.ts")},
       "vitest\n  narrow: " + run_vitest +
           " '--testNamePattern=^calc( [>›])? adds$' src/a.test.ts\n  wide: " + run_vitest + "\n"},
      {"mocha with its script's words, the suite in the class",
       {mocha, {"node_modules/.bin/mocha"}},
       {failing_test("junit", "adds", "calc", "test/a.js")},
       "mocha\n  narrow: node_modules/.bin/mocha --no-color --require x 'test/**/*.js' --reporter=tap "
       "'--grep=^(calc )?adds$'\n  wide: node_modules/.bin/mocha --no-color --require x 'test/**/*.js' "
       "--reporter=tap\n"},
      {"node's own runner",
       {node, {"node"}},
       {failing_test("junit", "adds", "test", "lib/a.test.mjs")},
       "node:test\n  narrow: node --test --test-reporter=tap '--test-name-pattern=^adds$' lib/a.test.mjs\n"
       "  wide: node --test --test-reporter=tap lib/\n"},
      {"a test in a suite of node's",
       {node, {"node"}},
       {failing_test("node:test", "calc > adds", "", "lib/a.test.mjs")},
       "node:test\n  narrow: node --test --test-reporter=tap '--test-name-pattern=^(calc( [>›])? )?adds$' "
       "lib/a.test.mjs\n  wide: node --test --test-reporter=tap lib/\n"},
      {"a package of a monorepo, its tools hoisted",
       {{{"packages/web/package.json", R"({"jest": {}})"}, {"packages/web/a.test.js", ""}},
        {"node_modules/.bin/jest"}},
       {failing_test("jest", "adds", "", "packages/web/a.test.js")},
       "jest in packages/web\n  narrow: ../../node_modules/.bin/jest --ci --verbose --colors=false "
       "'--testNamePattern=^adds$' --runTestsByPath a.test.js\n"
       "  wide: ../../node_modules/.bin/jest --ci --verbose --colors=false\n"},
      {"nothing is downloaded",
       {jest, {"npx", "npm", "node"}},
       {failing_test("jest", "adds", "", "a.test.js")},
       "no recipe for the failing test adds (reported by jest): jest is neither in the project nor on PATH; "
       "name a "
       "command with verify.commands or --verify\n"},
  });
}

TEST_CASE("recipes: cargo, go, maven and gradle") {
  const World rust = {{{"Cargo.toml", ""}, {"src/calc.rs", ""}, {"tests/whole.rs", ""}}, {"cargo"}};
  const std::string cargo = "cargo test --offline --color=never --no-fail-fast";
  const World go = {
      {{"go.mod", "module example.com/m\n\ngo 1.19\n"}, {"a_test.go", ""}, {"calc/b_test.go", ""}}, {"go"}};
  const std::string go_wide = "  wide: go test -count=1 -v ./...\n";
  const World java = {{{"pom.xml", ""}, {"src/test/java/demo/CalcTest.java", ""}}, {"mvn"}};
  const std::string mvn =
      "mvn -o -B -Dstyle.color=never -Dsurefire.useFile=false -Dsurefire.reportFormat=plain";
  const auto maven = [&](const std::string& tests) {
    return "maven\n  narrow: " + mvn + " -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false " +
           tests + " test\n  wide: " + mvn + " test\n";
  };
  check({
      {"a unit test by its modules",
       rust,
       {failing_test("cargo test", "calc::tests::adds", "", "src/calc.rs")},
       "cargo test\n  narrow: " + cargo + " -- --exact calc::tests::adds\n  wide: " + cargo + "\n"},
      {"nextest's class, no file",
       rust,
       {failing_test("junit", "tests::adds", "demo")},
       "cargo test\n  narrow: " + cargo + " -- --exact tests::adds\n  wide: " + cargo + "\n"},
      {"an integration test",
       rust,
       {failing_test("cargo", "adds", "", "tests/whole.rs")},
       "cargo test\n  narrow: " + cargo + " -- --exact adds\n  wide: " + cargo + "\n"},
      {"a unit test without its modules",
       rust,
       {failing_test("rust", "adds", "", "src/calc.rs")},
       "cargo test\n  narrow: " + cargo + " -- adds\n  wide: " + cargo + "\n"},
      {"a package of the repository",
       {{{"core/Cargo.toml", ""}, {"core/src/lib.rs", ""}}, {"cargo"}},
       {failing_test("cargo", "t::a", "", "core/src/lib.rs")},
       "cargo test in core\n  narrow: " + cargo + " -- --exact t::a\n  wide: " + cargo + "\n"},
      {"go",
       go,
       {failing_test("go", "TestAdds", "", "calc/b_test.go")},
       "go test\n  narrow: go test -count=1 -v '-run=^TestAdds$' ./calc\n" + go_wide},
      {"go's subtests, and the module's own package",
       go,
       {failing_test("go test", "TestA/1+1", "", "a_test.go"),
        failing_test("go test", "TestB", "", "a_test.go"), failing_test("go test", "TestC", "", "a_test.go")},
       "go test\n  narrow: go test -count=1 -v '-run=^TestA$/^1\\+1$' .\n"
       "  narrow: go test -count=1 -v '-run=^(TestB|TestC)$' .\n" +
           go_wide},
      {"with its package",
       go,
       {failing_test("go", "example.com/m/calc.TestB/x.Test"), failing_test("go", "example.com/m.TestA")},
       "go test\n  narrow: go test -count=1 -v '-run=^TestB$/^x\\.Test$' ./calc\n"
       "  narrow: go test -count=1 -v '-run=^TestA$' .\n" +
           go_wide},
      {"a package that does not build",
       go,
       {failing_test("go", "example.com/m/calc")},
       "go test\n  narrow: go test -count=1 -v -run=. ./calc\n" + go_wide},
      {"gotestsum's class is the package",
       go,
       {failing_test("gotestsum", "TestB", "example.com/m/calc")},
       "go test\n  narrow: go test -count=1 -v '-run=^TestB$' ./calc\n" + go_wide},
      {"surefire's report",
       java,
       {failing_test("junit", "adds", "demo.CalcTest")},
       maven("'-Dtest=demo.CalcTest#adds'")},
      {"surefire's console",
       java,
       {failing_test("surefire", "adds(demo.CalcTest)")},
       maven("'-Dtest=demo.CalcTest#adds'")},
      {"JUnit 5's parameters",
       java,
       {failing_test("junit", "adds(int, int)[2]", "demo.CalcTest")},
       maven("'-Dtest=demo.CalcTest#adds'")},
      {"several methods",
       java,
       {failing_test("junit", "zero", "demo.CalcTest"), failing_test("junit", "adds", "demo.CalcTest")},
       maven("'-Dtest=demo.CalcTest#adds+zero'")},
      {"a display name selects nothing",
       java,
       {failing_test("junit", "adds two numbers", "demo.CalcTest")},
       "maven\n  wide: " + mvn + " test\n"},
      {"a module",
       {{{"pom.xml", ""}, {"core/pom.xml", ""}, {"core/src/test/java/demo/CalcTest.java", ""}}, {"mvn"}},
       {failing_test("junit", "adds", "demo.CalcTest")},
       "maven\n  narrow: " + mvn +
           " -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false "
           "'-Dtest=demo.CalcTest#adds' --projects=core --also-make test\n  wide: " +
           mvn + " --projects=core --also-make test\n"},
      {"gradle",
       {{{"build.gradle", ""}, {"src/test/java/demo/CalcTest.java", ""}}, {"gradle"}},
       {failing_test("junit", "adds()", "demo.CalcTest")},
       "gradle\n  narrow: gradle --offline --console=plain --no-daemon test --tests=demo.CalcTest.adds\n"
       "  wide: gradle --offline --console=plain --no-daemon test\n"},
  });
}

TEST_CASE("recipes: a report without a framework, a file or a class goes by the project's root") {
  check({
      {"only go.mod is there",
       {{{"go.mod", "module m\n"}}, {"go"}},
       {failing_test("junit", "TestA")},
       "go test\n  narrow: go test -count=1 -v '-run=^TestA$' ./...\n  wide: go test -count=1 -v ./...\n"},
      {"nothing is there",
       {{{"README.md", ""}}, {"go", "pytest"}},
       {failing_test("junit", "TestA")},
       "no recipe for the failing test TestA (reported by junit); name a command with verify.commands or "
       "--verify\n"},
  });
}

}  // namespace autofix::verify::test
