#include "server/text/document_store.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace autofix::text;

namespace {

/// Opens `before`, applies the changes, compares text and index.
void check_change(const std::string& before, const std::vector<ContentChange>& changes,
                  const std::string& after, PositionEncoding encoding = PositionEncoding::utf16) {
  INFO(before << " -> " << after);
  DocumentStore store(encoding);
  store.open({"file:///a", "python", 1, before});
  REQUIRE(store.change("file:///a", 2, changes));
  REQUIRE(store.find("file:///a") != nullptr);
  CHECK(store.find("file:///a")->text == after);
  CHECK(store.find("file:///a")->version == 2);
  const LineIndex fresh(after);
  const LineIndex& kept = *store.lines("file:///a");
  REQUIRE(kept.line_count() == fresh.line_count());
  for (std::size_t n = 0; n < fresh.line_count(); ++n) CHECK(kept.line(after, n) == fresh.line(after, n));
}

ContentChange change(std::uint32_t line, std::uint32_t character, std::uint32_t end_line,
                     std::uint32_t end_character, std::string text) {
  return {Range{{line, character}, {end_line, end_character}}, std::move(text)};
}

}  // namespace

TEST_CASE("incremental changes") {
  check_change("abc\n", {change(0, 1, 0, 2, "X")}, "aXc\n");
  check_change("abc\n", {change(0, 1, 0, 2, "X"), change(0, 0, 0, 1, "Y")}, "YXc\n");
  check_change("abc\n", {change(0, 3, 1, 0, "")}, "abc");
  check_change("abc\n", {{std::nullopt, "whole\r\nnew"}}, "whole\r\nnew");
  check_change("a", {{std::nullopt, "b\nc"}, change(1, 0, 1, 1, "d")}, "b\nd");
  check_change("a\r\nb\r\n", {change(1, 0, 1, 0, "x\r\n")}, "a\r\nx\r\nb\r\n");
  check_change("a\rb", {change(1, 0, 1, 0, "\n")}, "a\r\nb");
  check_change("\U0001F600b", {change(0, 2, 0, 3, "c")}, "\U0001F600c");
  check_change("\U0001F600b", {change(0, 4, 0, 5, "c")}, "\U0001F600c", PositionEncoding::utf8);
  check_change("\U0001F600b", {change(0, 1, 0, 2, "c")}, "\U0001F600c", PositionEncoding::utf32);
  check_change("a\n", {change(9, 9, 9, 9, "end")}, "a\nend");
  check_change("abc", {change(0, 2, 0, 1, "X")}, "abXc");
  check_change("abc", {}, "abc");
}

TEST_CASE("documents open, close and are listed") {
  DocumentStore store;
  CHECK(store.find("file:///a") == nullptr);
  CHECK(store.lines("file:///a") == nullptr);
  CHECK_FALSE(store.change("file:///a", 1, {}));
  CHECK_FALSE(store.close("file:///a"));
  store.open({"file:///b", "c", 1, "b"});
  store.open({"file:///a", "c", 1, "a"});
  store.open({"file:///b", "c", 7, "b again\n"});
  const std::vector<Document> all = store.snapshot();
  REQUIRE(all.size() == 2);
  CHECK(all[0].uri == "file:///a");
  CHECK(all[1].version == 7);
  CHECK(store.lines("file:///b")->line_count() == 2);
  CHECK(store.close("file:///a"));
  CHECK(store.find("file:///a") == nullptr);
}

TEST_CASE("one character in a large document costs far below a millisecond") {
  std::string text;
  while (text.size() < 1 << 20) text += "    some_call(argument, \"text\");  // and why\n";
  DocumentStore store;
  store.open({"file:///a", "cpp", 0, text});
  REQUIRE(store.lines("file:///a")->line_count() > 20000);
  std::vector<double> milliseconds;
  for (std::int64_t version = 1; version <= 101; ++version) {
    const std::vector<ContentChange> keystroke = {change(10 + static_cast<std::uint32_t>(version), 4,
                                                         10 + static_cast<std::uint32_t>(version), 4,
                                                         version % 2 == 0 ? "x" : "\n")};
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(store.change("file:///a", version, keystroke));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    milliseconds.push_back(took.count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  CHECK(milliseconds[milliseconds.size() / 2] < 1.0);
  CHECK(store.find("file:///a")->text.size() == text.size() + 101);
}
