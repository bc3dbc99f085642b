// Every compiler, type checker and linter that can be installed here, for real.
#include "tests/e2e/recipes/real_run.h"
#include "tests/support/catch.h"

namespace autofix::verify::test {
namespace {

const Files kCpp = {
    {"CMakeLists.txt",
     "cmake_minimum_required(VERSION 3.20)\nproject(demo CXX)\nset(CMAKE_EXPORT_COMPILE_COMMANDS ON)\n"
     "add_library(calc src/calc.cpp src/good.cpp)\ntarget_compile_definitions(calc PRIVATE NAME=\"a b\")\n"
     "target_include_directories(calc PRIVATE include)\n"},
    {"include/calc.h", "int add(int a, int b);\n"},
    {"src/calc.cpp", "#include \"calc.h\"\nint add(int a, int b) { return a + c; }\n"},
    {"src/good.cpp", "#include \"calc.h\"\nconst char* name() { return NAME; }\n"}};
const std::vector<std::string> kConfigure = {"cmake -S . -B build -G Ninja"};
const Files kFixedCpp = {{"src/calc.cpp", "#include \"calc.h\"\nint add(int a, int b) { return a + b; }\n"}};

}  // namespace

TEST_CASE("real recipes: gcc, clang and clang-tidy by compile_commands.json") {
  if (!is_installed("cmake") || !is_installed("ninja")) return;
  check_for_real("gcc", {"g++", kCpp, kConfigure, diagnostic("gcc", "src/calc.cpp"),
                         "calc.cpp:2:36: error:", "", kFixedCpp});
  check_for_real("clang", {"clang++", kCpp, kConfigure, diagnostic("clangd", "src/calc.cpp"),
                           "error: use of undeclared identifier 'c'", "", kFixedCpp});
  // A warning fails no run: here it is told as an error, as projects do that mean it.
  Files tidied = kCpp;
  tidied[".clang-tidy"] = "Checks: '-*,modernize-use-nullptr'\nWarningsAsErrors: '*'\n";
  tidied["src/calc.cpp"] = "#include \"calc.h\"\nint* none() { return 0; }\n";
  check_for_real("clang-tidy", {"clang-tidy", tidied, kConfigure, diagnostic("clang-tidy", "src/calc.cpp"),
                                "[modernize-use-nullptr", "", kFixedCpp});
}

TEST_CASE("real recipes: tsc") {
  check_for_real(
      "tsc", {"node_modules/.bin/tsc",
              {{"web/tsconfig.json",
                R"({"compilerOptions": {"strict": true, "types": [], "lib": ["es5"]}, "include": ["src"]})"},
               {"web/src/a.ts", "export const a: number = 'one';\n"},
               {"web/src/b.ts", "export const b: string = 'two';\n"}},
              {},
              diagnostic("ts", "web/src/a.ts"),
              "web/src/a.ts(1,14): error TS2322",
              "",
              {{"web/src/a.ts", "export const a: number = 1;\n"}}});
}

TEST_CASE("real recipes: eslint") {
  check_for_real("eslint", {"node_modules/.bin/eslint",
                            {{"eslint.config.js", "module.exports = [{ rules: { 'no-undef': 'error' } }];\n"},
                             {"a.js", "module.exports = missing;\n"}},
                            {},
                            diagnostic("eslint", "a.js"),
                            "'missing' is not defined",
                            "",
                            {{"eslint.config.js",
                              "module.exports = [{ rules: { 'no-undef': 'error' },\n"
                              "  languageOptions: { globals: { module: 'writable' } } }];\n"},
                             {"a.js", "module.exports = 1;\n"}}});
}

TEST_CASE("real recipes: pyright") {
  check_for_real("pyright", {"node_modules/.bin/pyright",
                             {{"a.py", "a: int = 'one'\n"}, {"b.py", "b: int = 'two'\n"}},
                             {},
                             diagnostic("Pyright", "a.py"),
                             "a.py:1:10 - error",
                             "b.py:1:10 - error",
                             {{"a.py", "a: int = 1\n"}, {"b.py", "b: int = 2\n"}}});
}

TEST_CASE("real recipes: mypy") {
  check_for_real("mypy", {"mypy",
                          {{"mypy.ini", "[mypy]\nfiles = a.py, b.py\n"},
                           {"a.py", "a: int = 'one'\n"},
                           {"b.py", "b: int = 'two'\n"}},
                          {},
                          diagnostic("mypy", "a.py"),
                          "a.py:1:10: error",
                          "b.py:1:10: error",
                          {{"a.py", "a: int = 1\n"}, {"b.py", "b: int = 2\n"}}});
}

TEST_CASE("real recipes: pyflakes") {
  check_for_real("pyflakes", {"pyflakes3",
                              {{"a.py", "import os\n"}},
                              {},
                              diagnostic("pyflakes", "a.py"),
                              "'os' imported but unused",
                              "",
                              {{"a.py", "a = 1\n"}}});
}

TEST_CASE("real recipes: cargo check") {
  check_for_real("cargo check",
                 {"cargo",
                  {{"Cargo.toml", "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"},
                   {"src/lib.rs", "pub fn one() -> i32 {\n    \"one\"\n}\n"}},
                  {},
                  diagnostic("rustc", "src/lib.rs"),
                  "src/lib.rs:2:5: error[E0308]",
                  "",
                  {{"src/lib.rs", "pub fn one() -> i32 {\n    1\n}\n"}}});
}

TEST_CASE("real recipes: go vet") {
  check_for_real("go vet", {"go",
                            {{"go.mod", "module example.com/demo\n\ngo 1.19\n"},
                             {"a/a.go", "package a\n\nfunc One() int { return \"one\" }\n"},
                             {"b/b.go", "package b\n\nfunc Two() int { return \"two\" }\n"}},
                            {},
                            diagnostic("compiler", "a/a.go"),
                            "a/a.go:3:",
                            "b/b.go:3:",
                            {{"a/a.go", "package a\n\nfunc One() int { return 1 }\n"},
                             {"b/b.go", "package b\n\nfunc Two() int { return 2 }\n"}}});
}

TEST_CASE("real recipes: shellcheck") {
  check_for_real("shellcheck",
                 {"shellcheck",
                  {{"run.sh", "#!/bin/sh\necho $1\n"}},
                  {},
                  diagnostic("shellcheck", "run.sh"),
                  "run.sh:2:6: note: Double quote to prevent globbing and word splitting. [SC2086]",
                  "",
                  {{"run.sh", "#!/bin/sh\necho \"$1\"\n"}}});
}

}  // namespace autofix::verify::test
