// Failing tests by their owners, and where they are shown.
#include "server/lsp/problem_store.h"

#include "server/lsp/convert.h"
#include "tests/support/catch.h"

namespace autofix::lsp {
namespace {

using Uris = std::set<std::string>;
using text::PositionEncoding;

KnownTest failing(const std::string& name, std::uint32_t line = 0) {
  KnownTest test;
  test.name = name;
  test.range = {{line, 0}, {line, 1}};
  test.raw = {{"name", name}, {"message", "boom"}};
  return test;
}

std::vector<std::string> names(const std::vector<KnownTest>& tests) {
  std::vector<std::string> all;
  for (const KnownTest& test : tests) all.push_back(test.name);
  return all;
}

TEST_CASE("each owner's set replaces its last one and nobody else's") {
  ProblemStore store;
  CHECK(store.set_tests("a", {{"file:///x", {failing("one")}}, {"", {failing("nowhere")}}}) ==
        Uris{"", "file:///x"});
  CHECK(store.set_tests("b", {{"file:///x", {failing("two")}}}) == Uris{"file:///x"});
  CHECK(names(store.tests("file:///x")) == std::vector<std::string>{"one", "two"});
  CHECK(store.set_tests("a", {{"file:///y", {failing("one")}}}) == Uris{"", "file:///x", "file:///y"});
  CHECK(names(store.tests("file:///x")) == std::vector<std::string>{"two"});
  CHECK(store.test_uris() == Uris{"file:///x", "file:///y"});
  CHECK(store.set_tests("b", {}) == Uris{"file:///x"});
  CHECK(store.tests("file:///x").empty());
}

TEST_CASE("a failure that two owners tell is one, on another line it is another") {
  ProblemStore store;
  store.set_tests("a", {{"file:///x", {failing("one", 3)}}});
  store.set_tests("b", {{"file:///x", {failing("one", 3), failing("one", 5)}}});
  CHECK(store.tests("file:///x").size() == 2);
  store.set_tests("a", {});
  CHECK(store.tests("file:///x").size() == 2);
}

TEST_CASE("a document is the same however its uri is spelled") {
  ProblemStore store;
  store.set_tests("a", {{"file:///a%28b%29.py", {failing("one")}}});
  CHECK(store.tests("file:///a(b).py").size() == 1);
  REQUIRE(store.test_named("one") != nullptr);
  CHECK(store.test_named("two") == nullptr);
}

TEST_CASE("what is forgotten is chosen by owner and document") {
  ProblemStore store;
  store.set_tests("a", {{"file:///x", {failing("one")}}, {"file:///y", {failing("two")}}});
  store.set_tests("b", {{"file:///x", {failing("three")}}});
  CHECK(store.forget_tests([](const std::string& owner, const std::string& uri) {
    return owner == "a" && uri == "file:///x";
  }) == Uris{"file:///x"});
  CHECK(names(store.tests("file:///x")) == std::vector<std::string>{"three"});
  CHECK(names(store.tests("file:///y")) == std::vector<std::string>{"two"});
}

TEST_CASE("what we published ourselves is nobody's diagnostic") {
  ProblemStore store;
  const protocol::Json range = protocol::to_json({{1, 0}, {1, 1}});
  store.set_diagnostics("file:///x", {{{"range", range}, {"message", "ours"}, {"source", "autofix tests"}},
                                      {{"range", range}, {"message", "theirs"}, {"source", "tool"}}});
  REQUIRE(store.diagnostics("file:///x").size() == 1);
  CHECK(store.diagnostics("file:///x")[0].message == "theirs");
}

TEST_CASE("an empty range is shown to the end of its line") {
  const std::string line = "\t  äb = 1";
  const auto shown = [&](text::Range range, PositionEncoding to) {
    return shown_range(line, range, PositionEncoding::utf8, to);
  };
  CHECK(shown({{7, 0}, {7, 0}}, PositionEncoding::utf8) == text::Range{{7, 3}, {7, 10}});
  CHECK(shown({{7, 0}, {7, 0}}, PositionEncoding::utf16) == text::Range{{7, 3}, {7, 9}});
  CHECK(shown({{7, 5}, {7, 5}}, PositionEncoding::utf16) == text::Range{{7, 4}, {7, 9}});
  CHECK(shown({{7, 5}, {7, 6}}, PositionEncoding::utf16) == text::Range{{7, 4}, {7, 5}});
  CHECK(shown({{7, 90}, {7, 95}}, PositionEncoding::utf16) == text::Range{{7, 9}, {7, 9}});
  CHECK(shown_range("   ", {{2, 0}, {2, 0}}, PositionEncoding::utf8, PositionEncoding::utf8) ==
        text::Range{{2, 3}, {2, 3}});
  CHECK(shown_range("", {{2, 4}, {2, 4}}, PositionEncoding::utf8, PositionEncoding::utf8) ==
        text::Range{{2, 0}, {2, 0}});
}

TEST_CASE("a failure's stack is read as frames, and its lines are not told twice") {
  const protocol::Json failure = {
      {"name", "t"}, {"stack", {"tests/t.py:3: in test_t", "app/x.py:9:"}}, {"output", "E   boom"}};
  const auto problem = test_failure(failure, "app/x.py", PositionEncoding::utf16);
  REQUIRE(problem);
  REQUIRE(problem->test->stack.size() == 2);
  CHECK(problem->test->stack[0].path == "tests/t.py");
  CHECK(problem->test->stack[0].line == 2);
  CHECK(problem->test->stack[0].function == "test_t");
  CHECK(problem->test->output == "E   boom");
  const auto told = test_failure({{"name", "t"}, {"stack", "Error: boom\n    at f (x.js:3:9)\n"}}, "x.js",
                                 PositionEncoding::utf16);
  REQUIRE(told);
  CHECK(told->test->stack.size() == 1);
  CHECK(told->test->output.find("Error: boom") != std::string::npos);
}

}  // namespace
}  // namespace autofix::lsp
