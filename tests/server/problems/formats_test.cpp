// Formats by hand: what is exact in them, and what hostile ones do.
#include <nlohmann/json.hpp>

#include "server/problems/readers.h"
#include "tests/support/catch.h"

namespace autofix::problems {
namespace {

using nlohmann::json;

json diagnostic(const std::string& path) {
  return {
      {"path", path},
      {"range", {{"start", {{"line", 1u}, {"character", 2u}}}, {"end", {{"line", 1u}, {"character", 5u}}}}},
      {"severity", 2u},
      {"source", "ruff"},
      {"code", "F401"},
      {"message", "unused"},
      {"relatedInformation",
       {{{"location",
          {{"uri", "file:///b.py"},
           {"range",
            {{"start", {{"line", 3u}, {"character", 0u}}}, {"end", {{"line", 3u}, {"character", 1u}}}}}}},
         {"message", "here"}}}}};
}

TEST_CASE("an array of LSP diagnostics, by path or by URI") {
  json by_uri = diagnostic("x");
  by_uri.erase("path");
  by_uri["uri"] = "file:///a%20b.py";
  by_uri["code"] = 401;
  by_uri.erase("severity");
  const Read read = read_diagnostics(json::array({diagnostic("a.py"), by_uri}).dump());
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].path == "a.py");
  CHECK((*read)[0].range.start == text::Position{1, 2});
  CHECK((*read)[0].encoding == text::PositionEncoding::utf16);
  CHECK((*read)[0].severity == Severity::warning);
  CHECK((*read)[0].code == "F401");
  REQUIRE((*read)[0].related.size() == 1);
  CHECK((*read)[0].related[0].path == "/b.py");
  CHECK((*read)[1].path == "/a b.py");
  CHECK((*read)[1].severity == Severity::error);
  CHECK((*read)[1].code == "401");
  const Read none = read_diagnostics("[]");
  REQUIRE(none);
  CHECK(none->empty());
}

TEST_CASE("diagnostics of other types are one error that names the place") {
  for (const std::string& text : {json::array({5}).dump(), json::array({json::object()}).dump(),
                                  std::string("{\"a\":1}"), std::string("[{\"path\":\"a\",\"message\":5}]"),
                                  json::array({{{"path", "a"}, {"message", "m"}, {"range", 7}}}).dump(),
                                  std::string("[1,"), std::string("[1e400]"), std::string(5000, '[')}) {
    const Read read = read_diagnostics(text);
    INFO(text.substr(0, 80));
    REQUIRE(!read);
    CHECK(!read.error().message.empty());
  }
}

TEST_CASE("SARIF: results, regions, levels, related locations") {
  const json sarif = {
      {"version", "2.1.0"},
      {"runs",
       json::array(
           {{{"tool", {{"driver", {{"name", "lint"}}}}},
             {"results",
              json::array({{{"ruleId", "L1"},
                            {"level", "warning"},
                            {"message", {{"text", "bad"}}},
                            {"locations",
                             json::array({{{"physicalLocation",
                                            {{"artifactLocation", {{"uri", "src/a%20b.c"}}},
                                             {"region",
                                              {{"startLine", 3}, {"startColumn", 5}, {"endColumn", 9}}}}}}})},
                            {"relatedLocations", json::array({{{"physicalLocation",
                                                                {{"artifactLocation", {{"uri", "src/c.c"}}},
                                                                 {"region", {{"startLine", 1}}}}},
                                                               {"message", {{"text", "declared"}}}}})}},
                           {{"message", {{"text", "nowhere"}}}}})}}})}};
  const Read read = read_diagnostics(sarif.dump());
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].path == "src/a b.c");
  CHECK((*read)[0].range == text::Range{{2, 4}, {2, 8}});
  CHECK((*read)[0].severity == Severity::warning);
  CHECK((*read)[0].source == "lint");
  CHECK((*read)[0].code == "L1");
  REQUIRE((*read)[0].related.size() == 1);
  CHECK((*read)[1].path.empty());
  for (const char* bad : {R"({"version":"2.1.0","runs":5})", R"({"version":"2.1.0","runs":[{"results":{}}]})",
                          R"({"version":"2.1.0","runs":[{"results":[7]}]})"}) {
    INFO(bad);
    CHECK(!read_sarif(bad));
  }
}

TEST_CASE("JUnit: what counts as failing, and where expected and actual come from") {
  const ReadReport report = read_junit(R"(<?xml version="1.0"?>
<testsuite tests="4"><testcase classname="a.B" name="passes"/><testcase name="skipped"><skipped/></testcase>
<testcase classname="a.B" name="fails"><failure message="expected: &lt;1&gt; but was: &lt;2&gt;" type="AssertionError">at a.B.fails(B.java:12)</failure></testcase>
<testcase classname="a.B" name="errors"><error message="boom"/></testcase></testsuite>)");
  REQUIRE(report);
  CHECK(report->passed == 1);
  CHECK(report->failed == 2);
  CHECK(report->skipped == 1);
  const Problems* read = &report->problems;
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].test->expected == "1");
  CHECK((*read)[0].test->actual == "2");
  CHECK((*read)[0].test->class_name == "a.B");
  CHECK((*read)[1].message == "boom");
}

TEST_CASE("hostile XML is one error") {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  for (const std::string& xml :
       {std::string(), std::string("<"), std::string("<testsuite"), std::string("not xml"),
        std::string("<html><body/></html>"), deep,
        std::string("<!DOCTYPE x [<!ENTITY e \"x\">]><testsuite><testcase "
                    "name=\"&e;\"><failure/></testcase></testsuite>"),
        std::string("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><testsuite/>"), std::string("\xff\xfe<\0t", 5),
        std::string("<testsuite>\0</testsuite>", 24)}) {
    const ReadReport read = read_test_report(xml);
    INFO(xml.substr(0, 60));
    REQUIRE(!read);
    CHECK(!read.error().message.empty());
  }
}

TEST_CASE("control sequences never come through") {
  CHECK(printable("a\x1b[31mb\x1b[0m\x07"
                  "c\td\n") == "abc\td\n");
  CHECK(printable("a\x1b]8;;http://x\x1b\\b\x9b"
                  "1mc") != "");
  CHECK(printable("\xff").find('\xff') == std::string::npos);
  const Problems problems = read_compiler_text("a.c:1:2: error: \x1b[1mbold\x1b[0m thing\n");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == "bold thing");
}

TEST_CASE("lines that only look like places are none") {
  CHECK(read_compiler_text("12:30:45 error: clock\nhttp://x:80: error\n: error:\na b c\n\n").empty());
  const Problems huge = read_compiler_text("a.c:99999999999:1: error: x\na.c:0:0: error: y\n");
  for (const Problem& problem : huge) CHECK(problem.range.start.line == 0);
}

}  // namespace
}  // namespace autofix::problems
