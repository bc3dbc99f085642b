// Every test framework that can be installed here, for real.
#include "tests/e2e/recipes/real_run.h"
#include "tests/support/catch.h"

namespace autofix::verify::test {
namespace {

const Files kPython = {{"calc.py", "def add(a, b):\n    return a - b\n"},
                       {"tests/test_calc.py",
                        "import unittest\nfrom calc import add\n\n\nclass TestAdd(unittest.TestCase):\n"
                        "    def test_adds(self):\n        self.assertEqual(add(1, 2), 3)\n\n"
                        "    def test_zero(self):\n        self.assertEqual(add(0, 0), 0)\n"}};
const Files kFixedPython = {{"calc.py", "def add(a, b):\n    return a + b\n"}};

const std::string kBrokenScript = "exports.add = (a, b) => a - b;\n";
const Files kFixedScript = {{"calc.js", "exports.add = (a, b) => a + b;\n"}};

}  // namespace

TEST_CASE("real recipes: pytest") {
  check_for_real("pytest", {"pytest",
                            kPython,
                            {},
                            failing_test("pytest", "tests/test_calc.py::TestAdd::test_adds"),
                            "test_adds",
                            "test_zero",
                            kFixedPython});
}

TEST_CASE("real recipes: pytest, a parameter with everything in it") {
  Files files = kPython;
  files["tests/test_calc.py"] =
      "import pytest\nfrom calc import add\n\n\n"
      "@pytest.mark.parametrize('a', [2, 0], ids=['two [x] ; $y', 'zero'])\n"
      "def test_adds(a):\n    assert add(1, a) == 1 + a\n";
  check_for_real("pytest", {"pytest",
                            files,
                            {},
                            failing_test("junit", "test_adds[two [x] ; $y]", "tests.test_calc"),
                            "[two [x] ; $y]",
                            "[zero]",
                            kFixedPython});
}

TEST_CASE("real recipes: unittest") {
  check_for_real("unittest", {"python3",
                              kPython,
                              {},
                              failing_test("unittest", "test_adds (tests.test_calc.TestAdd)"),
                              "test_adds",
                              "test_zero",
                              kFixedPython});
  Files packaged = kPython;
  packaged["tests/__init__.py"] = "";
  check_for_real("unittest", {"python3",
                              packaged,
                              {},
                              failing_test("unittest", "tests.test_calc.TestAdd.test_adds"),
                              "test_adds",
                              "test_zero",
                              kFixedPython});
}

TEST_CASE("real recipes: jest") {
  check_for_real("jest", {"node_modules/.bin/jest",
                          {{"package.json", R"({"devDependencies": {"jest": "29"}})"},
                           {"calc.js", kBrokenScript},
                           {"calc.test.js",
                            "const { add } = require('./calc');\ndescribe('calc', () => {\n"
                            "  test('adds (1+1)', () => expect(add(1, 1)).toBe(2));\n"
                            "  test('zero', () => expect(add(0, 0)).toBe(0));\n});\n"},
                           {"other.test.js", "test('adds (1+1) elsewhere', () => {});\n"}},
                          {},
                          failing_test("jest", "calc › adds (1+1)", "", "calc.test.js"),
                          "✕ adds (1+1)",
                          "✓ zero",
                          kFixedScript});
}

TEST_CASE("real recipes: vitest") {
  check_for_real("vitest",
                 {"node_modules/.bin/vitest",
                  {{"package.json", R"({"type": "module", "devDependencies": {"vitest": "2"}})"},
                   {"calc.ts", "export const add = (a: number, b: number) => a - b;\n"},
                   {"calc.test.ts",
                    "import { describe, expect, test } from 'vitest';\nimport { add } from './calc';\n"
                    "describe('calc', () => {\n  test('adds (1+1)', () => expect(add(1, 1)).toBe(2));\n"
                    "  test('zero', () => expect(add(0, 0)).toBe(0));\n});\n"}},
                  {},
                  failing_test("junit", "calc > adds (1+1)", "calc.test.ts"),
                  "× calc.test.ts > calc > adds (1+1)",
                  "✓ calc.test.ts > calc > zero",
                  {{"calc.ts", "export const add = (a: number, b: number) => a + b;\n"}}});
}

TEST_CASE("real recipes: mocha") {
  check_for_real("mocha",
                 {"node_modules/.bin/mocha",
                  {{"package.json", R"({"scripts": {"test": "mocha checks/*.js"},
                                                 "devDependencies": {"mocha": "10"}})"},
                   {"calc.js", kBrokenScript},
                   {"checks/calc.js",
                    "const assert = require('assert');\nconst { add } = require('../calc');\n"
                    "describe('calc', () => {\n  it('adds (1+1)', () => assert.strictEqual(add(1, 1), 2));\n"
                    "  it('zero', () => assert.strictEqual(add(0, 0), 0));\n});\n"}},
                  {},
                  failing_test("junit", "adds (1+1)", "calc", "checks/calc.js"),
                  "not ok 1 calc adds (1+1)",
                  "calc zero",
                  kFixedScript});
}

TEST_CASE("real recipes: node:test") {
  check_for_real("node:test", {"node",
                               {{"package.json", "{}"},
                                {"calc.js", kBrokenScript},
                                {"calc.test.js",
                                 "const test = require('node:test');\nconst assert = require('assert');\n"
                                 "const { add } = require('./calc');\n"
                                 "test('adds (1+1)', () => assert.strictEqual(add(1, 1), 2));\n"
                                 "test('zero', () => assert.strictEqual(add(0, 0), 0));\n"}},
                               {},
                               failing_test("junit", "adds (1+1)", "test", "calc.test.js"),
                               "- adds (1+1)\n",
                               "- zero\n",
                               kFixedScript});
}

TEST_CASE("real recipes: cargo test") {
  check_for_real(
      "cargo test",
      {"cargo",
       {{"Cargo.toml", "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"},
        {"src/lib.rs",
         "pub fn add(a: i32, b: i32) -> i32 {\n    a - b\n}\n\n#[cfg(test)]\nmod tests {\n"
         "    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n    }\n\n"
         "    #[test]\n    fn adds_zero() {\n        assert_eq!(add(0, 0), 0);\n    }\n}\n"}},
       {},
       failing_test("cargo test", "tests::adds", "", "src/lib.rs"),
       "test tests::adds ... FAILED",
       "tests::adds_zero",
       {{"src/lib.rs",
         "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n#[cfg(test)]\nmod tests {\n"
         "    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n    "
         "}\n}\n"}}});
}

TEST_CASE("real recipes: go test") {
  check_for_real("go test",
                 {"go",
                  {{"go.mod", "module example.com/demo\n\ngo 1.19\n"},
                   {"calc/calc.go", "package calc\n\nfunc Add(a, b int) int { return a - b }\n"},
                   {"calc/calc_test.go",
                    "package calc\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n"
                    "\tt.Run(\"1+2 is 3\", func(t *testing.T) {\n\t\tif Add(1, 2) != 3 {\n"
                    "\t\t\tt.Error(\"wrong\")\n\t\t}\n\t})\n\tt.Run(\"zero\", func(t *testing.T) {\n"
                    "\t\tif Add(0, 0) != 0 {\n\t\t\tt.Error(\"wrong\")\n\t\t}\n\t})\n}\n"}},
                  {},
                  failing_test("go test", "TestAdd/1+2_is_3", "", "calc/calc_test.go"),
                  "--- FAIL: TestAdd/1+2_is_3",
                  "TestAdd/zero",
                  {{"calc/calc.go", "package calc\n\nfunc Add(a, b int) int { return a + b }\n"}}});
}

TEST_CASE("real recipes: maven") {
  const auto add = [](const char* sign) {
    return std::string(
               "package demo;\n\npublic class Calc {\n  static int add(int a, int b) {\n    return a ") +
           sign + " b;\n  }\n}\n";
  };
  check_for_real(
      "maven",
      {"mvn",
       {{"pom.xml",
         "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n<modelVersion>4.0.0</modelVersion>\n"
         "<groupId>demo</groupId><artifactId>demo</artifactId><version>1</version>\n<properties>"
         "<maven.compiler.source>11</maven.compiler.source><maven.compiler.target>11</maven.compiler.target>"
         "<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></"
         "properties>\n<dependencies><dependency>"
         "<groupId>junit</groupId><artifactId>junit</artifactId><version>4.x</version><scope>test</scope>"
         "</dependency></dependencies>\n</project>\n"},
        // Debian's own repository of Java packages; its surefire takes ten idle seconds to end a second
        // process.
        {".mvn/maven.config", "-Dmaven.repo.local=/usr/share/maven-repo\n-DforkCount=0\n"},
        {"src/main/java/demo/Calc.java", add("-")},
        {"src/test/java/demo/CalcTest.java",
         "package demo;\n\nimport static org.junit.Assert.assertEquals;\nimport org.junit.Test;\n\n"
         "public class CalcTest {\n  @Test public void adds() { assertEquals(3, Calc.add(1, 2)); }\n"
         "  @Test public void zero() { assertEquals(0, Calc.add(0, 0)); }\n}\n"}},
       {},
       failing_test("junit", "adds", "demo.CalcTest"),
       "adds(demo.CalcTest)",
       "zero(demo.CalcTest)",
       {{"src/main/java/demo/Calc.java", add("+")}}});
}

TEST_CASE("real recipes: ctest, Catch2 and GoogleTest") {
  for (const char* program : {"cmake", "ninja"}) {
    if (!is_installed(program)) return;
  }
  const std::string catch_test = "#include <catch2/catch.hpp>\nint add(int a, int b);\n";
  const std::string gtest_test = "#include <gtest/gtest.h>\nint add(int a, int b);\n";
  RealCase real = {};
  real.files = {
      {"CMakeLists.txt",
       "cmake_minimum_required(VERSION 3.20)\nproject(demo CXX)\nenable_testing()\n"
       "find_package(Catch2 REQUIRED)\nfind_package(GTest REQUIRED)\ninclude(Catch)\ninclude(GoogleTest)\n"
       "add_library(calc calc.cpp)\nadd_library(main OBJECT main.cpp)\n"
       "target_link_libraries(main Catch2::Catch2)\n"
       "add_executable(unit unit_test.cpp)\ntarget_link_libraries(unit calc main Catch2::Catch2)\n"
       "catch_discover_tests(unit TEST_PREFIX \"unit: \")\n"
       "add_executable(loose loose_test.cpp)\ntarget_link_libraries(loose calc main Catch2::Catch2)\n"
       "add_executable(google google_test.cpp)\ntarget_link_libraries(google calc GTest::gtest_main)\n"
       "gtest_discover_tests(google)\n"
       "add_executable(loose_google loose_google_test.cpp)\n"
       "target_link_libraries(loose_google calc GTest::gtest_main)\n"},
      {"calc.cpp", "int add(int a, int b) { return a - b; }\n"},
      {"main.cpp", "#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n"},
      {"unit_test.cpp", catch_test + "TEST_CASE(\"adds (a+b), [x]\") { CHECK(add(1, 2) == 3); }\n"
                                     "TEST_CASE(\"zero\") { CHECK(add(0, 0) == 0); }\n"},
      {"loose_test.cpp", catch_test + "TEST_CASE(\"loosely adds, [x]\") { CHECK(add(1, 2) == 3); }\n"
                                      "TEST_CASE(\"loosely zero\") { CHECK(add(0, 0) == 0); }\n"},
      {"google_test.cpp", gtest_test + "TEST(Calc, Adds) { EXPECT_EQ(add(1, 2), 3); }\n"
                                       "TEST(Calc, Zero) { EXPECT_EQ(add(0, 0), 0); }\n"},
      {"loose_google_test.cpp", gtest_test + "TEST(Loose, Adds) { EXPECT_EQ(add(1, 2), 3); }\n"
                                             "TEST(Loose, Zero) { EXPECT_EQ(add(0, 0), 0); }\n"}};
  real.set_up = {"cmake -S . -B build -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache", "cmake --build build"};
  const RealProject project(real);
  struct Asked {
    const char* recipe;
    problems::Problem problem;
    const char* asked;
    const char* another;
  };
  const std::vector<Asked> all = {
      {"ctest", failing_test("catch2", "adds (a+b), [x]", "unit.global", "unit_test.cpp"),
       "unit:adds (a+b), [x]", "unit:zero"},
      {"ctest", failing_test("junit", "Adds", "Calc", "google_test.cpp"), "Calc.Adds", "Calc.Zero"},
      {"catch2", failing_test("catch2", "loosely adds, [x]", "loose.global", "loose_test.cpp"),
       "loosely adds, [x]", "loosely zero"},
      {"googletest", failing_test("gtest", "Adds", "Loose", "loose_google_test.cpp"), "Loose.Adds",
       "Loose.Zero"},
  };
  const auto check_all = [&](bool passes) {
    for (const Asked& one : all) {
      const Proof proof = project.proof_for(one.problem);
      CHECK(proof.recipe == std::string(one.recipe));
      const RealProject::Run narrow = project.run(proof, proof.narrow);
      INFO("narrow:\n" << narrow.output);
      CHECK(narrow.passed == passes);
      CHECK(narrow.output.find(one.asked) != std::string::npos);
      CHECK(narrow.output.find(one.another) == std::string::npos);
      const RealProject::Run wide = project.run(proof, proof.wide);
      INFO("wide:\n" << wide.output);
      CHECK(wide.passed == passes);
      CHECK(wide.output.find(one.another) != std::string::npos);
    }
  };
  check_all(false);
  project.write({{"calc.cpp", "int add(int a, int b) { return a + b; }\n"}});
  check_all(true);
  // What does not compile is told by the compiler, and no old program is asked.
  project.write({{"calc.cpp", "int add(int a, int b) { return a + c; }\n"}});
  const Proof proof = project.proof_for(all.front().problem);
  const RealProject::Run broken = project.run(proof, proof.wide);
  CHECK_FALSE(broken.passed);
  CHECK(broken.output.find("calc.cpp:1:36: error:") != std::string::npos);
}

}  // namespace autofix::verify::test
