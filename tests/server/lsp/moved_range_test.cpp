#include "server/lsp/moved_range.h"

#include "tests/support/catch.h"

namespace autofix::lsp {
namespace {

struct Case {
  const char* what;
  const char* now;
  std::uint32_t line;  ///< where line 2 of "a\nb\nc\nd\n" is
};

TEST_CASE("a place moves with the lines around it") {
  const Case cases[] = {
      {"nothing changed", "a\nb\nc\nd\n", 2},
      {"lines before it", "x\ny\na\nb\nc\nd\n", 4},
      {"lines before it are gone", "b\nc\nd\n", 1},
      {"lines after it", "a\nb\nc\nd\ne\n", 2},
      {"the line itself", "a\nb\nC\nd\n", 2},
      {"a line in its place is gone", "a\nb\nd\n", 2},
      {"all lines are gone", "", 0},
  };
  for (const Case& one : cases) {
    INFO(one.what);
    const text::Range moved = moved_range({{2, 3}, {2, 5}}, "a\nb\nc\nd\n", one.now);
    CHECK(moved.start == text::Position{one.line, 3});
    CHECK(moved.end == text::Position{one.line, 5});
  }
}

}  // namespace
}  // namespace autofix::lsp
