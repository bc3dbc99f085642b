#include "server/text/json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/catch.h"

using autofix::text::dump_json;
using autofix::text::parse_json;

namespace {

std::string nested(int depth, const std::string& open, const std::string& close) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += open;
  text += "1";
  for (int i = 0; i < depth; ++i) text += close;
  return text;
}

}  // namespace

TEST_CASE("JSON that is fine is read") {
  struct Row {
    std::string text;
    std::string dumped;
    bool allow_comments = false;
  };
  const std::vector<Row> rows = {
      {R"({"a": [1, 2.5, null, true]})", R"({"a":[1,2.5,null,true]})"},
      {"\xEF\xBB\xBF[1]", "[1]"},
      {R"("[[[{{{")", R"("[[[{{{")"},
      {R"("a\"[//*")", R"("a\"[//*")"},
      {R"("\ud83d\ude00")", "\"\U0001F600\""},
      {R"("\ud83d")", "\"\uFFFD\""},
      {R"("\ude00\ud83d x")", "\"\uFFFD\uFFFD x\""},
      {R"("\\ud83d")", R"("\\ud83d")"},
      {"[1, // one [\n 2 /* { \" */]", "[1,2]", true},
      {"[1] // the end", "[1]", true},
      {R"(["//", "/*"])", R"(["//","/*"])", true},
      {nested(256, "[", "]"), nested(256, "[", "]")},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto value = parse_json(row.text, row.allow_comments);
    REQUIRE(value.has_value());
    CHECK(dump_json(*value) == row.dumped);
  }
}

TEST_CASE("JSON that is not fine gives one sentence") {
  const std::vector<std::string> rows = {"",
                                         "[",
                                         "{\"a\":}",
                                         "[1,]",
                                         "nul",
                                         "[1] 2",
                                         "1e400",
                                         "\"\xFF\"",
                                         "[1] // comment",
                                         "\"\\u12\"",
                                         "\"\\",
                                         "\"\\ud",
                                         nested(257, "[", ""),
                                         "\x00\x01",
                                         nested(100000, "[", ""),
                                         nested(100000, "{\"a\":", "}"),
                                         nested(100000, "[", "]")};
  for (const std::string& row : rows) {
    INFO(row.substr(0, 40));
    const auto value = parse_json(row);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().size() > 5);
    CHECK(value.error().find('\n') == std::string::npos);
    CHECK(value.error().find("json.exception") == std::string::npos);
  }
  CHECK(parse_json(nested(100000, "[", "]")).error().find("256") != std::string::npos);
  CHECK_FALSE(parse_json("[1] /* open", true).has_value());
  CHECK_FALSE(parse_json("[1,]", true).has_value());
}

TEST_CASE("dumping never throws") {
  CHECK(dump_json(nlohmann::json{{"a", "x\xFFy"}}) == "{\"a\":\"x\uFFFDy\"}");
  CHECK(dump_json(nlohmann::json{{"a", 1}}, 2) == "{\n  \"a\": 1\n}");
}

TEST_CASE("many small values are read in linear time") {
  std::string text = "[";
  for (int i = 0; i < 200000; ++i) text += R"({"a":1},)";
  text += "0]";
  const auto value = parse_json(text);
  REQUIRE(value.has_value());
  CHECK(value->size() == 200001);
}
