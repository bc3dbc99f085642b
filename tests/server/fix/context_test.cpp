#include "server/fix/context.h"

#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

problems::Problem problem_at(std::string path, std::uint32_t line, std::string message = "broken") {
  problems::Problem problem;
  problem.path = std::move(path);
  problem.range = {{line, 0}, {line, 1}};
  problem.message = std::move(message);
  return problem;
}

FixRequest request_of(std::map<std::string, std::string, std::less<>> files,
                      std::vector<problems::Problem> problems) {
  FixRequest request;
  request.files = make_memory_files(std::move(files));
  request.problems = std::move(problems);
  return request;
}

std::string numbered(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += "line_" + std::to_string(i) + " = " + std::to_string(i) + "\n";
  return text;
}

std::string paths_of(const std::vector<Excerpt>& excerpts) {
  std::string out;
  for (const Excerpt& excerpt : excerpts) {
    out += excerpt.path + ":" + std::to_string(excerpt.first_line) + "-" + std::to_string(excerpt.last_line) +
           " ";
  }
  return out;
}

}  // namespace

TEST_CASE("the enclosing region is found by indentation") {
  const std::string python =
      "import os\n"         // 0
      "\n"                  // 1
      "class A:\n"          // 2
      "    def f(self):\n"  // 3
      "        x = 1\n"     // 4
      "\n"                  // 5
      "        return y\n"  // 6
      "\n"                  // 7
      "    def g(self):\n"  // 8
      "        pass\n"      // 9
      "\n"                  // 10
      "def h():\n"          // 11
      "    pass\n";         // 12
  const std::string c =
      "#include <a>\n"   // 0
      "int f(int x)\n"   // 1
      "{\n"              // 2
      "  if (x) {\n"     // 3
      "    return y;\n"  // 4
      "  }\n"            // 5
      "  return 0;\n"    // 6
      "}\n"              // 7
      "int g() { return 1; }\n";
  struct Row {
    const std::string& text;
    std::size_t line, first, last;
  };
  const Row rows[] = {{python, 6, 2, 9}, {python, 12, 11, 12}, {python, 0, 0, 0}, {c, 4, 1, 7}, {c, 8, 8, 8}};
  for (const Row& row : rows) {
    INFO("line " << row.line);
    CHECK(enclosing_region(row.text, row.line) == std::pair{row.first, row.last});
  }
}

TEST_CASE("the problem's own lines come first when the budget is small") {
  const FixRequest request = request_of({{"a.py", numbered(3000)}}, {problem_at("a.py", 1500)});
  const Context context = collect_context(request, {});
  CHECK(paths_of(fit_context(context, 100)) == "a.py:1494-1506 ");
  CHECK(paths_of(fit_context(context, 10)).empty());
}

TEST_CASE("a small file is shown whole") {
  const FixRequest request = request_of({{"a.py", numbered(50)}}, {problem_at("a.py", 20)});
  const auto excerpts = fit_context(collect_context(request, {}), 24'000);
  REQUIRE(excerpts.size() == 1);
  CHECK(excerpts[0].whole());
  CHECK(excerpts[0].text == numbered(50));
}

TEST_CASE("files that a message names are shown, secret and excluded ones never") {
  FixRequest request = request_of({{"app/routes.py", "x = models.Task\n"},
                                   {"app/models.py", "class Task: pass\n"},
                                   {"app/.env", "KEY=1\n"},
                                   {"gen/models.py", "class Task: pass\n"}},
                                  {problem_at("app/routes.py", 0, "name 'models' is not defined")});
  const auto excerpts = fit_context(collect_context(request, {"gen/**"}), 24'000);
  CHECK(paths_of(excerpts) == "app/routes.py:0-1 app/models.py:0-1 ");

  request.problems = {problem_at("app/.env", 0)};
  CHECK(collect_context(request, {}).files.empty());
}

TEST_CASE("without a folder only the one file is shown") {
  FixRequest request =
      request_of({{"a.py", "import b\n"}, {"b.py", "x = 1\n"}}, {problem_at("a.py", 0, "no 'b'")});
  request.only_path = "a.py";
  const Context context = collect_context(request, {});
  REQUIRE(context.files.size() == 1);
  CHECK(context.files[0].path == "a.py");
}

TEST_CASE("globs") {
  struct Row {
    const char* pattern;
    const char* path;
    bool matches;
  };
  const Row rows[] = {{"*.py", "a/b.py", true},
                      {"*.py", "b.pyc", false},
                      {"gen/**", "gen/a/b", true},
                      {"gen/*", "gen/a/b", false},
                      {"**/junit*.xml", "junit.xml", true},
                      {"**/junit*.xml", "a/b/junit-1.xml", true},
                      {"a/?.c", "a/b.c", true},
                      {"a/?.c", "a/bb.c", false},
                      {"docs/", "docs/x/y.md", true},
                      {"**", "anything/at/all", true},
                      {"a/**/z", "a/z", true},
                      {"a/**/z", "a/b/c/z", true},
                      {"a/**/z", "b/z", false}};
  for (const Row& row : rows) {
    INFO(row.pattern << " " << row.path);
    CHECK(matches_glob(row.pattern, row.path) == row.matches);
  }
  CHECK_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*b", std::string(200, 'a')));
}

}  // namespace autofix::fix
