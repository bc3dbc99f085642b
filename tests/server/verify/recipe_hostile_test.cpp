// Names and paths that want to be more: no word of a command may become an option, a file of arguments or a
// pattern of its own, and none holds a control character.
#include <algorithm>
#include <random>

#include "tests/server/verify/recipe_cases.h"
#include "tests/support/catch.h"

namespace autofix::verify::test {
namespace {

using problems::Problem;

const World kEverything = {
    {{"test_x.py", ""},
     {"-x.py", ""},
     {"@x.py", ""},
     {"CMakeLists.txt", "add_executable(unit x_test.cpp)"},
     {"x_test.cpp", "#include <catch2/catch.hpp>"},
     {"build/CTestTestfile.cmake", ""},
     {"build/CMakeCache.txt", ""},
     {"package.json", R"({"devDependencies": {"jest": "", "vitest": "", "mocha": ""}})"},
     {"a.test.js", "import 'node:test'"},
     {"Cargo.toml", ""},
     {"src/lib.rs", ""},
     {"go.mod", "module m"},
     {"x_test.go", ""},
     {"pom.xml", ""},
     {"CalcTest.java", ""},
     {"build.gradle", ""}},
    {"pytest", "python3", "cmake", "ctest", "build/unit", "node", "jest", "vitest", "mocha", "cargo", "go",
     "mvn", "gradle", "ruff", "mypy", "pyright", "shellcheck", "eslint"}};

struct Framework {
  const char* source;
  const char* path;
  const char* harmless = "a";  ///< a name that its row can select
};

constexpr Framework kFrameworks[] = {{"pytest", "test_x.py", "test_x.py::TestA::a"},
                                     {"unittest", "test_x.py", "test_x.TestA.a"},
                                     {"ctest", "x_test.cpp"},
                                     {"catch2", "x_test.cpp"},
                                     {"gtest", "x_test.cpp"},
                                     {"jest", "a.test.js"},
                                     {"vitest", "a.test.js"},
                                     {"mocha", "a.test.js"},
                                     {"node:test", "a.test.js"},
                                     {"cargo", "src/lib.rs", "t::a"},
                                     {"go", "x_test.go"},
                                     {"maven", "CalcTest.java", "CalcTest#a"},
                                     {"gradle", "CalcTest.java", "CalcTest#a"},
                                     {"junit", "test_x.py", "test_x.py::TestA::a"},
                                     {"junit", "a.test.js"},
                                     {"junit", "CalcTest.java", "CalcTest#a"}};

Problem harmless_test(const Framework& framework) {
  return failing_test(framework.source, framework.harmless, "", framework.path);
}

bool has_control(std::string_view word) {
  return std::ranges::any_of(word, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
}

/// The options that each row gives where every name is harmless, up to their values.
const std::set<std::string>& options_of(const std::string& recipe) {
  static const auto kOptions = [] {
    std::map<std::string, std::set<std::string>> options;
    for (const Framework& framework : kFrameworks) {
      const auto proofs = find_in(kEverything, {harmless_test(framework)});
      REQUIRE(proofs);
      for (const std::string& word : proofs->front().narrow.at(0).argv) {
        options[proofs->front().recipe].insert(word.substr(0, word.find('=')));
      }
    }
    return options;
  }();
  return kOptions.at(recipe);
}

/// The name has added no option, and no control character anywhere.
void check_contained(const Problem& hostile) {
  const auto proofs = find_in(kEverything, {hostile});
  if (!proofs) {
    CHECK_FALSE(has_control(proofs.error()));
    return;
  }
  for (const Proof& proof : *proofs) {
    REQUIRE_FALSE(proof.wide.empty());
    for (const auto* commands : {&proof.prepare, &proof.narrow, &proof.wide}) {
      for (const Command& command : *commands) {
        for (const std::string& word : command.argv) CHECK_FALSE(has_control(word));
      }
    }
    for (const Command& command : proof.narrow) {
      for (const std::string& word : command.argv) {
        if (!word.starts_with('-') && !word.starts_with('@')) continue;
        INFO(word);
        CHECK(options_of(proof.recipe).contains(word.substr(0, word.find('='))));
      }
    }
  }
}

}  // namespace

TEST_CASE("recipes: hostile names of tests stay names") {
  const std::vector<std::string> names = {"-x",
                                          "--collect-only",
                                          "--rootdir=/",
                                          "-n=1",
                                          "@file",
                                          "test_x.py::-x",
                                          "test_x.py::a\nb",
                                          "-exec=/bin/sh",
                                          "--config=/evil.js",
                                          "a\x1b[2Jb",
                                          "$(touch x)",
                                          "`id`",
                                          "; rm -rf /",
                                          "| cat",
                                          "a b",
                                          "*",
                                          ".*",
                                          "[a]",
                                          "a/b",
                                          "/",
                                          "//",
                                          "-test.run=x",
                                          "TestA/-exec",
                                          "demo.CalcTest.-Dx",
                                          "a#b",
                                          "..",
                                          "../../etc/passwd::x",
                                          "\"",
                                          "'",
                                          "\\",
                                          std::string("a\0b", 3),
                                          "-Dexec=x",
                                          "CalcTest(",
                                          "(",
                                          ")",
                                          "()",
                                          " (",
                                          "a (b)",
                                          " ",
                                          "::",
                                          "a::",
                                          "--",
                                          "~a",
                                          "!a"};
  for (const Framework& framework : kFrameworks) {
    for (const std::string& name : names) {
      INFO(framework.source << " " << name);
      check_contained(failing_test(framework.source, name, "", framework.path));
      check_contained(failing_test(framework.source, "a", name, framework.path));
    }
  }
}

TEST_CASE("recipes: random names never leave their word") {
  std::mt19937 random(20260223);
  const std::string bytes = "-@ab.:/#(){}[]*?|&;$`'\"\\ \n\x1b=~!<>,+";
  for (int round = 0; round < 2'000; ++round) {
    std::string name;
    const auto length = 1 + random() % 12;
    for (std::size_t at = 0; at < length; ++at) name += bytes[random() % bytes.size()];
    const Framework& framework = kFrameworks[random() % std::size(kFrameworks)];
    INFO(framework.source << " " << name);
    check_contained(failing_test(framework.source, name, round % 2 == 0 ? "" : "CalcTest", framework.path));
  }
}

TEST_CASE("recipes: only files of the project are named, and none as an option") {
  const auto argv_of = [](const std::string& source, const std::string& path) -> std::vector<std::string> {
    const auto proofs = find_in(kEverything, {diagnostic(source, path)});
    return proofs ? proofs->front().wide.front().argv : std::vector<std::string>{};
  };
  for (const char* source : {"ruff", "mypy"}) {
    INFO(source);
    CHECK(argv_of(source, "-x.py").back() == "./-x.py");
    CHECK(argv_of(source, "@x.py").back() == "./@x.py");
    for (const char* path : {"gone.py", "/etc/x.py", "../x.py", "--config=x.py", "test_x.py\n.py", ""}) {
      INFO(path);
      CHECK(argv_of(source, path).empty());
    }
  }
  const auto proofs = find_in(kEverything, {failing_test("pytest", "-x.py::test_a")});
  REQUIRE(proofs);
  CHECK(proofs->front().narrow.front().argv.back() == "./-x.py::test_a");
}

TEST_CASE("recipes: more names than a command line should hold leave the whole run") {
  std::vector<Problem> problems;
  for (int number = 0; number < 5'000; ++number) {
    problems.push_back(failing_test("go", "TestNumber" + std::to_string(number), "", "x_test.go"));
  }
  const auto proofs = find_in(kEverything, problems);
  REQUIRE(proofs);
  CHECK(proofs->front().narrow.empty());
  CHECK(proofs->front().wide.front().argv.back() == "./...");
}

}  // namespace autofix::verify::test
