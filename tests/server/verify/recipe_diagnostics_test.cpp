// From a diagnostic to the command that shows it: every row, every name that language servers have for a
// tool.
#include "tests/server/verify/recipe_cases.h"
#include "tests/support/catch.h"

namespace autofix::verify::test {
namespace {

using problems::Problem;

/// What a diagnostic of that source in that file leads to, where every program is there.
std::string row_of(const std::string& source, const std::string& path) {
  const auto files = fix::make_memory_files({{path, ""}}, "/project");
  const auto proofs = find_proofs({diagnostic(source, path)}, *files,
                                  [](std::string_view program) { return !program.starts_with('.'); });
  return proofs ? proofs->front().recipe : proofs.error();
}

}  // namespace

TEST_CASE("recipes: every tool by the names that language servers have for it") {
  struct Named {
    const char* recipe;
    const char* path;
    std::vector<std::string> sources;
  };
  const std::vector<Named> cases = {
      {"pyright", "a.py", {"Pyright", "pyright", "Pylance"}},
      {"basedpyright", "a.py", {"basedpyright"}},
      {"mypy", "a.py", {"mypy", "Mypy", "dmypy", "pylsp_mypy"}},
      {"ruff", "a.py", {"Ruff", "ruff-lsp"}},
      {"flake8", "a.py", {"flake8", "Flake8"}},
      {"pyflakes", "a.py", {"pyflakes"}},
      {"pycodestyle", "a.py", {"pycodestyle"}},
      {"pylint", "a.py", {"Pylint"}},
      {"tsc", "a.ts", {"ts", "typescript", "tsserver", "TSC"}},
      {"eslint", "a.vue", {"eslint", "ESLint"}},
      {"clang", "a.cpp", {"clangd", "clang", "ccls"}},
      {"gcc", "a.cpp", {"gcc", "C/C++", "compiler"}},
      {"clang-tidy", "a.cpp", {"clang-tidy"}},
      {"cargo check", "src/a.rs", {"rustc", "rust-analyzer", "cargo"}},
      {"cargo clippy", "src/a.rs", {"clippy", "clippy::all"}},
      {"go vet", "a.go", {"go vet", "compiler", "gopls", "printf", "syntax"}},
      {"shellcheck", "run.sh", {"shellcheck", "bash-language-server", "ShellCheck"}},
  };
  for (const Named& one : cases) {
    for (const std::string& source : one.sources) {
      INFO(source);
      CHECK(row_of(source, one.path) == one.recipe);
    }
  }
  // The same word in another language is another tool's.
  CHECK(row_of("compiler", "a.java") ==
        "no recipe for diagnostics of compiler in a.java; name a command with verify.commands or --verify");
  CHECK(row_of("Some Linter", "a.py") ==
        "no recipe for diagnostics of Some Linter in a.py; name a command with verify.commands or --verify");
  CHECK(row_of("", "a.py") ==
        "no recipe for diagnostics of an unnamed tool in a.py; name a command with verify.commands or "
        "--verify");
}

TEST_CASE("recipes: linters and type checkers") {
  struct Case {
    World world;
    Problem problem;
    std::string expected;
  };
  const std::string mypy =
      "mypy --no-color-output --no-pretty --show-column-numbers --show-error-codes "
      "--cache-dir=/dev/null";
  const std::vector<Case> cases = {
      {{{{"src/a.py", ""}}, {"pyright", "node_modules/.bin/pyright"}},
       diagnostic("Pyright", "src/a.py"),
       "pyright\n  narrow: node_modules/.bin/pyright src/a.py\n  wide: node_modules/.bin/pyright\n"},
      {{{{"a.py", ""}}, {".venv/bin/mypy"}},
       diagnostic("mypy", "/project/a.py"),
       "mypy\n  narrow: .venv/bin/" + mypy + " a.py\n  wide: .venv/bin/" + mypy + " a.py\n"},
      {{{{"a.py", ""}, {"mypy.ini", "[mypy]\nfiles = src\n"}}, {"mypy"}},
       diagnostic("mypy", "a.py"),
       "mypy\n  narrow: " + mypy + " a.py\n  wide: " + mypy + "\n"},
      {{{{"a.py", ""}}, {"ruff"}},
       diagnostic("Ruff", "a.py"),
       "ruff\n  wide: ruff check --output-format=concise --no-cache a.py\n"},
      {{{{"web/tsconfig.json", "{}"}, {"web/src/a.ts", ""}},
        {"web/node_modules/.bin/tsc", "node_modules/.bin/tsc"}},
       diagnostic("ts", "web/src/a.ts"),
       "tsc\n  wide: node_modules/.bin/tsc --noEmit --pretty false -p web/tsconfig.json\n"},
      {{{{"tsconfig.json", R"({"files": [], /* as Vite's */ "references": [{"path": "./tsconfig.app.json"},
                                                                           {"path": "./node"}]})"},
         {"a.ts", ""}},
        {"tsc"}},
       diagnostic("ts", "a.ts"),
       "tsc\n  wide: tsc --noEmit --pretty false -p tsconfig.app.json\n"
       "  wide: tsc --noEmit --pretty false -p node\n"},
      {{{{"a.ts", ""}}, {"tsc"}},
       diagnostic("ts", "a.ts"),
       "tsc\n  wide: tsc --noEmit --pretty false a.ts\n"},
      {{{{"web/eslint.config.js", ""}, {"web/a.js", ""}}, {"web/node_modules/.bin/eslint"}},
       diagnostic("eslint", "web/a.js"),
       "eslint in web\n  wide: node_modules/.bin/eslint --no-color --format=stylish a.js\n"},
      {{{{"Cargo.toml", ""}, {"src/main.rs", ""}}, {"cargo"}},
       diagnostic("rustc", "src/main.rs"),
       "cargo check\n  wide: cargo check --offline --color=never --all-targets --message-format=short\n"},
      {{{{"Cargo.toml", ""}, {"src/main.rs", ""}}, {"cargo"}},
       diagnostic("clippy", "src/main.rs"),
       "cargo clippy\n  wide: cargo clippy --offline --color=never --all-targets --message-format=short\n"},
      {{{{"go.mod", "module m"}, {"calc/a.go", ""}}, {"go"}},
       diagnostic("compiler", "calc/a.go"),
       "go vet\n  narrow: go vet ./calc\n  wide: go vet ./...\n"},
      {{{{"run.sh", ""}}, {"shellcheck"}},
       diagnostic("shellcheck", "run.sh"),
       "shellcheck\n  wide: shellcheck --color=never --format=gcc run.sh\n"},
      {{{{"a.cpp", ""}, {"build/compile_commands.json", "[]"}}, {"clang-tidy"}},
       diagnostic("clang-tidy", "a.cpp"),
       "clang-tidy\n  wide: clang-tidy --quiet --use-color=false -p build a.cpp\n"},
      {{{{"a.cpp", ""}}, {"clang-tidy"}},
       diagnostic("clang-tidy", "a.cpp"),
       "clang-tidy\n  wide: clang-tidy --quiet --use-color=false a.cpp --\n"},
  };
  for (const Case& one : cases) CHECK(shown(find_in(one.world, {one.problem})) == one.expected);
}

TEST_CASE("recipes: a compiler is run as compile_commands.json says, and writes nothing") {
  const std::string database = R"([
    {"directory": "/project/build", "file": "/project/src/a.cpp",
     "command": "/usr/bin/ccache /usr/bin/g++-12 -DNAME=\\\"x\\\" -I'/project/my include' -fdiagnostics-color=always -MD -MT a.o -MF a.d -o a.o -c /project/src/a.cpp"},
    {"directory": "/project/build", "file": "../src/b.c", "arguments": ["cc", "-O2", "-oo.o", "-c", "--", "../src/b.c"]},
    {"directory": "/project/build", "file": "/project/src/evil.cpp", "command": "rm -rf /project/src/evil.cpp"},
    {"directory": "/project/build", "file": "/project/src/shell.cpp", "command": "g++ $(touch x) /project/src/shell.cpp"},
    {"directory": "/elsewhere", "file": "/project/src/far.cpp", "command": "g++ -c /project/src/far.cpp"}])";
  const Files files = {{"src/a.cpp", "#include \"a.h\"\n"},
                       {"src/a.h", ""},
                       {"src/b.c", ""},
                       {"src/evil.cpp", ""},
                       {"src/shell.cpp", ""},
                       {"src/far.cpp", ""},
                       {"src/new.cpp", ""},
                       {"build/compile_commands.json", database}};
  const World world = {files, {"clang", "clang++"}};
  const auto argv_of = [&](const Problem& problem) {
    const auto proofs = find_in(world, {problem});
    REQUIRE(proofs);
    CHECK(proofs->front().folder == "build");
    return proofs->front().wide.front().argv;
  };
  using Words = std::vector<std::string>;
  CHECK(argv_of(diagnostic("gcc", "src/a.cpp")) ==
        Words{"/usr/bin/g++-12", "-fsyntax-only", "-DNAME=\"x\"", "-I/project/my include",
              "-fdiagnostics-color=always", "/project/src/a.cpp", "-fdiagnostics-color=never"});
  CHECK(argv_of(diagnostic("gcc", "src/b.c")) ==
        Words{"cc", "-fsyntax-only", "-O2", "-fdiagnostics-color=never", "--", "../src/b.c"});
  CHECK(argv_of(diagnostic("clangd", "src/a.cpp")).front() == "clang++");
  CHECK(argv_of(diagnostic("clangd", "src/b.c")).front() == "clang");
  // A header is checked through a file that includes it.
  CHECK(argv_of(diagnostic("gcc", "src/a.h")) == argv_of(diagnostic("gcc", "src/a.cpp")));

  const auto refused = [&](const std::string& path) {
    return shown(find_in(world, {diagnostic("gcc", path)}));
  };
  CHECK(refused("src/evil.cpp").find("no plain compiler's command") != std::string::npos);
  CHECK(refused("src/shell.cpp").find("no plain compiler's command") != std::string::npos);
  CHECK(refused("src/far.cpp").find("in a folder outside the project") != std::string::npos);
  CHECK(refused("src/new.cpp").find("has no entry for it") != std::string::npos);

  CHECK(shown(find_in({{{"a.cpp", ""}}, {"clang++"}}, {diagnostic("clangd", "a.cpp")})) ==
        "clang\n  wide: clang++ -fsyntax-only -Wall -Wextra -fdiagnostics-color=never a.cpp\n");
  CHECK(
      shown(find_in({{{"a.cpp", ""}, {"CMakeLists.txt", ""}}, {"clang++"}}, {diagnostic("clangd", "a.cpp")}))
          .find("there is no compile_commands.json") != std::string::npos);
}

TEST_CASE("recipes: problems of one tool share a proof, those of several have one each") {
  const World world = {{{"a.py", ""}, {"b.py", ""}, {"run.sh", ""}}, {"ruff", "shellcheck", "pytest"}};
  CHECK(shown(find_in(world, {diagnostic("Ruff", "a.py"), diagnostic("shellcheck", "run.sh"),
                              diagnostic("ruff", "b.py"), diagnostic("ruff", "a.py")})) ==
        "ruff\n  wide: ruff check --output-format=concise --no-cache a.py b.py\n"
        "shellcheck\n  wide: shellcheck --color=never --format=gcc run.sh\n");
  // One that cannot be proven is told, and nothing else is offered.
  CHECK(shown(find_in(world, {diagnostic("Ruff", "a.py"), diagnostic("mypy", "a.py")})) ==
        "no recipe for diagnostics of mypy in a.py: mypy is neither in the project nor on PATH; name a "
        "command with "
        "verify.commands or --verify\n");
  CHECK(find_in(world, {})->empty());
}

}  // namespace autofix::verify::test
