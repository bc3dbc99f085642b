#include <string>
#include <vector>

#include "server/text/line_ending.h"
#include "server/text/utf8.h"
#include "tests/support/catch.h"

using namespace autofix::text;

TEST_CASE("the dominant line ending") {
  struct Row {
    std::string text;
    LineEnding ending;
  };
  const std::vector<Row> rows = {
      {"", LineEnding::lf},
      {"a", LineEnding::lf},
      {"a\nb\n", LineEnding::lf},
      {"a\r\nb\r\n", LineEnding::crlf},
      {"a\rb\rc", LineEnding::cr},
      {"a\r\nb\r\nc\n", LineEnding::crlf},
      {"a\nb\nc\r\n", LineEnding::lf},
      {"a\r\rb\r\n", LineEnding::cr},
      {"a\nb\r\n", LineEnding::lf},
      {"\r\n\r", LineEnding::crlf},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(dominant_line_ending(row.text) == row.ending);
  }
}

TEST_CASE("line endings are replaced") {
  const std::string mixed = "a\nb\r\nc\rd\r\r\n\ne";
  CHECK(with_line_ending(mixed, LineEnding::lf) == "a\nb\nc\nd\n\n\ne");
  CHECK(with_line_ending(mixed, LineEnding::crlf) == "a\r\nb\r\nc\r\nd\r\n\r\n\r\ne");
  CHECK(with_line_ending(mixed, LineEnding::cr) == "a\rb\rc\rd\r\r\re");
  CHECK(with_line_ending("", LineEnding::crlf).empty());
  CHECK(with_line_ending("\n", LineEnding::crlf) == "\r\n");
}

TEST_CASE("well-formed UTF-8 and nothing else is a sequence") {
  struct Row {
    std::string bytes;
    std::size_t length;
  };
  const std::vector<Row> rows = {
      {"a", 1},
      {"\u00e9", 2},
      {"\u20ac", 3},
      {"\U0001F600", 4},
      {std::string(1, '\0'), 1},
      {"\x80", 0},
      {"\xC0\x80", 0},      // overlong
      {"\xE0\x80\x80", 0},  // overlong
      {"\xED\xA0\x80", 0},  // a surrogate
      {"\xED\x9F\xBF", 3},
      {"\xF0\x80\x80\x80", 0},  // overlong
      {"\xF4\x90\x80\x80", 0},  // beyond U+10FFFF
      {"\xF4\x8F\xBF\xBF", 4},
      {"\xF5\x80\x80\x80", 0},
      {"\xE2\x82", 0},
      {"\xE2\x82 ", 0},
      {"\xFF", 0},
  };
  for (const Row& row : rows) {
    CHECK(utf8_length(row.bytes, 0) == row.length);
    CHECK(is_utf8(row.bytes) == (row.length > 0));
  }
  CHECK(to_utf8("a\xFF\xE2\x82z\u20ac") == "a\uFFFD\uFFFD\uFFFDz\u20ac");
}

TEST_CASE("the start of the character at a byte") {
  const std::string text = "a\u20ac\x80\U0001F600";
  const std::vector<std::size_t> starts = {0, 1, 1, 1, 4, 5, 5, 5, 5, 9};
  for (std::size_t at = 0; at < starts.size(); ++at) CHECK(character_start(text, at) == starts[at]);
  CHECK(character_start("\xE2\x82", 1) == 1);
}
