#include "server/text/line_index.h"

#include <random>
#include <string>
#include <vector>

#include "tests/server/text/random_text.h"
#include "tests/support/catch.h"

using namespace autofix::text;

namespace {

const PositionEncoding kEncodings[] = {PositionEncoding::utf8, PositionEncoding::utf16,
                                       PositionEncoding::utf32};

/// Every line as its bytes, marked with its ending.
std::vector<std::string> lines_of(const std::string& text) {
  const LineIndex index(text);
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < index.line_count(); ++n) {
    const ByteSpan span = index.line_with_ending(text, n);
    lines.push_back(text.substr(span.begin, span.end - span.begin));
  }
  return lines;
}

}  // namespace

TEST_CASE("LF, CR LF and CR end a line") {
  struct Row {
    std::string text;
    std::vector<std::string> lines;
  };
  const std::vector<Row> rows = {
      {"", {""}},
      {"a", {"a"}},
      {"\n", {"\n", ""}},
      {"a\nb", {"a\n", "b"}},
      {"a\r\nb\r\n", {"a\r\n", "b\r\n", ""}},
      {"a\rb\r", {"a\r", "b\r", ""}},
      {"a\n\rb", {"a\n", "\r", "b"}},
      {"\r\r\n\n", {"\r", "\r\n", "\n", ""}},
      {"\xEF\xBB\xBF"
       "a\n",
       {"\xEF\xBB\xBF"
        "a\n",
        ""}},
      {std::string("a\0b\n", 4), {std::string("a\0b\n", 4), ""}},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(lines_of(row.text) == row.lines);
  }
}

TEST_CASE("a line's bytes come without its ending") {
  const std::string text = "ab\r\nc\rd\n\ne";
  const LineIndex index(text);
  const std::vector<ByteSpan> expected = {{0, 2}, {4, 5}, {6, 7}, {8, 8}, {9, 10}};
  REQUIRE(index.line_count() == expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) CHECK(index.line(text, n) == expected[n]);
  CHECK(index.line(text, 5) == ByteSpan{10, 10});
  CHECK(index.line_with_ending(text, 4000000000) == ByteSpan{10, 10});
}

TEST_CASE("positions in every encoding") {
  // a, e acute (2 bytes), euro (3 bytes), grinning face (4 bytes, a surrogate pair), z
  const std::string text = "x\r\na\u00e9\u20ac\U0001F600z\r\nend";
  struct Row {
    Position position;
    PositionEncoding encoding;
    std::size_t offset;
    Position back;  ///< where position_of(offset) points: differs where the position was clamped
  };
  const std::vector<Row> rows = {
      {{1, 0}, PositionEncoding::utf8, 3, {1, 0}},
      {{1, 1}, PositionEncoding::utf8, 4, {1, 1}},
      {{1, 2}, PositionEncoding::utf8, 4, {1, 1}},
      {{1, 3}, PositionEncoding::utf8, 6, {1, 3}},
      {{1, 5}, PositionEncoding::utf8, 6, {1, 3}},
      {{1, 6}, PositionEncoding::utf8, 9, {1, 6}},
      {{1, 9}, PositionEncoding::utf8, 9, {1, 6}},
      {{1, 10}, PositionEncoding::utf8, 13, {1, 10}},
      {{1, 11}, PositionEncoding::utf8, 14, {1, 11}},
      {{1, 12}, PositionEncoding::utf8, 14, {1, 11}},
      {{1, 4294967295U}, PositionEncoding::utf8, 14, {1, 11}},
      {{1, 1}, PositionEncoding::utf16, 4, {1, 1}},
      {{1, 2}, PositionEncoding::utf16, 6, {1, 2}},
      {{1, 3}, PositionEncoding::utf16, 9, {1, 3}},
      {{1, 4}, PositionEncoding::utf16, 9, {1, 3}},
      {{1, 5}, PositionEncoding::utf16, 13, {1, 5}},
      {{1, 6}, PositionEncoding::utf16, 14, {1, 6}},
      {{1, 99}, PositionEncoding::utf16, 14, {1, 6}},
      {{1, 3}, PositionEncoding::utf32, 9, {1, 3}},
      {{1, 4}, PositionEncoding::utf32, 13, {1, 4}},
      {{1, 5}, PositionEncoding::utf32, 14, {1, 5}},
      {{1, 6}, PositionEncoding::utf32, 14, {1, 5}},
      {{0, 1}, PositionEncoding::utf16, 1, {0, 1}},
      {{0, 2}, PositionEncoding::utf16, 1, {0, 1}},
      {{2, 3}, PositionEncoding::utf16, 19, {2, 3}},
      {{3, 0}, PositionEncoding::utf16, 19, {2, 3}},
      {{4294967295U, 4294967295U}, PositionEncoding::utf8, 19, {2, 3}},
  };
  const LineIndex index(text);
  for (const Row& row : rows) {
    INFO(row.position.line << ":" << row.position.character << " encoding "
                           << static_cast<int>(row.encoding));
    CHECK(index.offset_of(text, row.position, row.encoding) == row.offset);
    CHECK(index.position_of(text, row.offset, row.encoding) == row.back);
  }
}

TEST_CASE("offsets inside a character or a line ending have a position") {
  const std::string text = "a\u20acb\r\nc";
  const LineIndex index(text);
  CHECK(index.position_of(text, 2, PositionEncoding::utf8) == Position{0, 1});
  CHECK(index.position_of(text, 3, PositionEncoding::utf16) == Position{0, 1});
  CHECK(index.position_of(text, 6, PositionEncoding::utf16) == Position{0, 3});
  CHECK(index.position_of(text, 7, PositionEncoding::utf16) == Position{1, 0});
  CHECK(index.position_of(text, 99, PositionEncoding::utf16) == Position{1, 1});
}

TEST_CASE("a byte that is no UTF-8 is one unit") {
  const std::string text = "a\xFF\x80z";
  const LineIndex index(text);
  for (const PositionEncoding encoding : kEncodings) {
    CHECK(index.position_of(text, 3, encoding) == Position{0, 3});
    CHECK(index.offset_of(text, {0, 3}, encoding) == 3);
  }
}

TEST_CASE("a range that runs backwards is empty") {
  const std::string text = "abc\ndef";
  const LineIndex index(text);
  CHECK(index.span_of(text, {{1, 1}, {0, 1}}, PositionEncoding::utf16) == ByteSpan{5, 5});
  CHECK(index.span_of(text, {{0, 1}, {1, 1}}, PositionEncoding::utf16) == ByteSpan{1, 5});
  CHECK(index.range_of(text, {1, 5}, PositionEncoding::utf16) == Range{{0, 1}, {1, 1}});
}

TEST_CASE("offset to position to offset, for every character of random texts") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const std::string text = random_text(random, 60);
    const LineIndex index(text);
    for (const PositionEncoding encoding : kEncodings) {
      for (std::size_t offset = 0; offset <= text.size(); ++offset) {
        const Position position = index.position_of(text, offset, encoding);
        const std::size_t back = index.offset_of(text, position, encoding);
        REQUIRE(back <= offset);
        REQUIRE(offset - back < 4);
        REQUIRE(index.position_of(text, back, encoding) == position);
      }
    }
  }
}

TEST_CASE("replacing keeps the index as a new one would be") {
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string text = random_text(random, 30);
    LineIndex kept(text);
    for (int step = 0; step < 4; ++step) {
      const std::size_t begin = random() % (text.size() + 1);
      const std::size_t end = begin + random() % (text.size() - begin + 1);
      const std::string replacement = random_text(random, 8);
      text.replace(begin, end - begin, replacement);
      kept.replace(text, {begin, end}, replacement);
      const LineIndex fresh(text);
      REQUIRE(kept.line_count() == fresh.line_count());
      for (std::size_t n = 0; n < fresh.line_count(); ++n) {
        REQUIRE(kept.line_with_ending(text, n) == fresh.line_with_ending(text, n));
      }
    }
  }
}
