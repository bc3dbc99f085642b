#include "server/text/edit.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "server/text/utf8.h"
#include "tests/server/text/random_text.h"
#include "tests/support/catch.h"

using namespace autofix::text;

namespace {

bool splits_something(std::string_view text, std::size_t at) {
  if (at > 0 && at < text.size() && text[at - 1] == '\r' && text[at] == '\n') return true;
  return character_start(text, at) != at;
}

/// Asserts what always holds of minimal edits, and gives them back.
std::vector<TextEdit> check_edits(const std::string& before, const std::string& after) {
  const std::vector<TextEdit> edits = minimal_edits(before, after);
  const auto applied = apply_edits(before, edits);
  REQUIRE(applied.has_value());
  REQUIRE(*applied == after);
  // The same edits on the other text: where each new text begins and ends there.
  std::size_t shift = 0;
  std::size_t last = 0;
  for (const TextEdit& edit : edits) {
    REQUIRE(edit.begin >= last);
    REQUIRE((edit.end > edit.begin || !edit.new_text.empty()));
    REQUIRE_FALSE(splits_something(before, edit.begin));
    REQUIRE_FALSE(splits_something(before, edit.end));
    REQUIRE_FALSE(splits_something(after, edit.begin + shift));
    REQUIRE_FALSE(splits_something(after, edit.begin + shift + edit.new_text.size()));
    shift += edit.new_text.size() - (edit.end - edit.begin);
    last = edit.end;
  }
  return edits;
}

std::string numbered_lines(int from, int to, const std::string& word = "line ") {
  std::string text;
  for (int i = from; i < to; ++i) text += word + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("edits apply in any order") {
  struct Row {
    std::string before;
    std::vector<TextEdit> edits;
    std::string after;
  };
  const std::vector<Row> rows = {
      {"abc", {}, "abc"},
      {"abc", {{1, 2, "X"}}, "aXc"},
      {"abc", {{2, 3, "Z"}, {0, 1, "X"}}, "XbZ"},
      {"abc", {{1, 1, "1"}, {1, 1, "2"}}, "a12bc"},
      {"abc", {{1, 2, "B"}, {1, 1, "1"}, {2, 2, "3"}}, "a1B3c"},
      {"abc", {{0, 1, ""}, {1, 3, ""}}, ""},
      {"", {{0, 0, "new"}}, "new"},
      {"abc", {{3, 3, "d"}}, "abcd"},
  };
  for (const Row& row : rows) {
    const auto after = apply_edits(row.before, row.edits);
    REQUIRE(after.has_value());
    CHECK(*after == row.after);
  }
}

TEST_CASE("edits that overlap or lie outside are refused") {
  const std::vector<std::vector<TextEdit>> rows = {
      {{0, 2, "x"}, {1, 3, "y"}},
      {{1, 2, "x"}, {1, 2, "x"}},
      {{0, 3, "x"}, {1, 1, "y"}},
      {{2, 4, "x"}},
      {{2, 1, "x"}},
      {{4, 4, "x"}},
      {{0, static_cast<std::size_t>(-1), "x"}},
  };
  for (const std::vector<TextEdit>& row : rows) {
    const auto after = apply_edits("abc", row);
    REQUIRE_FALSE(after.has_value());
    CHECK(after.error().message.find("edit of bytes ") == 0);
  }
}

TEST_CASE("edits are as small as the text allows") {
  struct Row {
    std::string before;
    std::string after;
    std::vector<TextEdit> edits;
  };
  const std::vector<Row> rows = {
      {"same\n", "same\n", {}},
      {"", "", {}},
      {"", "new\n", {{0, 0, "new\n"}}},
      {"old\n", "", {{0, 4, ""}}},
      {"x = 1\n", "x = 2\n", {{4, 5, "2"}}},
      {"a\nb\nc\n", "a\nc\n", {{2, 4, ""}}},
      {"a\nc\n", "a\nb\nc\n", {{2, 2, "b\n"}}},
      {"a", "a\n", {{1, 1, "\n"}}},
      {"a\n", "a", {{1, 2, ""}}},
      {"a\nb\nc\nd\ne\n", "a\nB\nc\nD\ne\n", {{2, 3, "B"}, {6, 7, "D"}}},
      // neither CR LF nor a character is split
      {"a\r\nb", "a\nb", {{1, 3, "\n"}}},
      {"a\nb", "a\r\nb", {{1, 2, "\r\n"}}},
      {"a\rb", "a\r\nb", {{1, 2, "\r\n"}}},
      {"\u20ac\n", "\u20ad\n", {{0, 3, "\u20ad"}}},
      {"\U0001F600!", "\U0001F601!", {{0, 4, "\U0001F601"}}},
      {"\u00e9", "\u00a9", {{0, 2, "\u00a9"}}},
      {"\xEF\xBB\xBF"
       "a\n",
       "\xEF\xBB\xBF"
       "b\n",
       {{3, 4, "b"}}},
      // as many lines that resemble each other: one edit per line
      {"first = 1\nsecond = 1\n", "first = 2\nsecond = 2\n", {{8, 9, "2"}, {19, 20, "2"}}},
      {"ab\ncd\n", "xy\nzw\n", {{0, 5, "xy\nzw"}}},
      // the repeated bytes of an insertion are not counted twice
      {"aa\n", "aaa\n", {{2, 2, "a"}}},
  };
  for (const Row& row : rows) {
    INFO(row.before << " -> " << row.after);
    CHECK(check_edits(row.before, row.after) == row.edits);
  }
}

TEST_CASE("applying the minimal edits of random texts gives the second text") {
  std::mt19937 random(3);
  for (int round = 0; round < 4000; ++round) {
    const std::string before = random_text(random, 40);
    // Half of the pairs are related, as real ones are.
    std::string after = random_text(random, 40);
    if (round % 2 == 0) {
      after = before;
      for (int n = 0; n < 3; ++n) {
        const std::size_t begin = random() % (after.size() + 1);
        after.replace(begin, random() % 4, random_text(random, 3));
      }
    }
    check_edits(before, after);
  }
}

TEST_CASE("large texts get edits within bounds") {
  const std::string large = numbered_lines(0, 30000);
  SECTION("few changes in a large text stay few and small") {
    std::string after = large;
    for (const char* word : {"line 5\n", "line 14999\n", "line 29990\n"}) {
      after.replace(after.find(word), 4, "LINE");
    }
    const std::vector<TextEdit> edits = check_edits(large, after);
    REQUIRE(edits.size() == 3);
    CHECK(edits[1].new_text == "LINE");
  }
  SECTION("repeated lines between the changes") {
    std::string lines;
    for (int i = 0; i < 20000; ++i) lines += "}\n";
    CHECK(check_edits("a\n" + lines + "b\n", "A\n" + lines + "B\n").size() == 2);
    check_edits("{\n" + lines + "a\n}\n{\n", "}\n" + lines + "b\n}\n}\n");
  }
  SECTION("a full rewrite is one edit") {
    CHECK(check_edits(large, numbered_lines(0, 30000, "other ")).size() == 1);
  }
  SECTION("a block moved, and everything shuffled") {
    const std::string moved = numbered_lines(20000, 30000) + numbered_lines(0, 20000);
    CHECK(check_edits(large, moved).size() == 2);
    std::vector<int> order(30000);
    for (int i = 0; i < 30000; ++i) order[static_cast<std::size_t>(i)] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937(4));
    std::string shuffled;
    for (const int i : order) shuffled += "line " + std::to_string(i) + "\n";
    check_edits(large, shuffled);
  }
}
