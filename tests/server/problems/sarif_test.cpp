// SARIF's corners, by hand: which results are problems, and where they are.
#include <nlohmann/json.hpp>

#include "server/problems/readers.h"
#include "tests/support/catch.h"

namespace autofix::problems {
namespace {

using nlohmann::json;

json place(const json& region) {
  return {{"physicalLocation", {{"artifactLocation", {{"uri", "a.c"}}}, {"region", region}}}};
}

json result(const json& region = {{"startLine", 3}}) {
  return {{"message", {{"text", "bad"}}}, {"locations", json::array({place(region)})}};
}

json report(const json& results, const json& more = json::object()) {
  json run = {{"tool", {{"driver", {{"name", "lint"}}}}}, {"results", results}};
  run.update(more);
  return {{"version", "2.1.0"}, {"runs", json::array({run})}};
}

Problems read(const json& value) {
  const Read read = read_sarif(value.dump());
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  return *read;
}

TEST_CASE("SARIF: results that say that nothing is wrong are no problems") {
  const auto check = [](const json& more, std::size_t count) {
    INFO(more.dump());
    json one = result();
    one.update(more);
    CHECK(read(report(json::array({one}))).size() == count);
  };
  check(json::object(), 1);
  check({{"kind", "fail"}}, 1);
  check({{"kind", "review"}}, 1);
  check({{"kind", "pass"}}, 0);
  check({{"kind", "notApplicable"}}, 0);
  check({{"kind", "informational"}}, 0);
  check({{"level", "none"}}, 0);
  check({{"level", "note"}}, 1);
  check({{"baselineState", "absent"}}, 0);
  check({{"suppressions", json::array({{{"kind", "inSource"}}})}}, 0);
  check({{"suppressions", json::array({{{"kind", "inSource"}, {"status", "rejected"}}})}}, 1);
}

TEST_CASE("SARIF: regions in every form") {
  // The é is one character and two bytes.
  const json artifacts = {{"artifacts", json::array({{{"location", {{"uri", "a.c"}}},
                                                      {"contents", {{"text", "ab\nc\u00e9def\n"}}}}})}};
  const auto check = [&](const json& region, text::Range range) {
    INFO(region.dump());
    const Problems problems = read(report(json::array({result(region)}), artifacts));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].range == range);
  };
  check({{"startLine", 2}}, {{1, 0}, {1, 0}});
  check({{"startLine", 2}, {"startColumn", 3}}, {{1, 2}, {1, 2}});
  check({{"startLine", 1}, {"startColumn", 2}, {"endLine", 2}, {"endColumn", 3}}, {{0, 1}, {1, 2}});
  check({{"startLine", 2}, {"startColumn", 1}, {"endColumn", 3}, {"snippet", {{"text", "c\u00e9"}}}},
        {{1, 0}, {1, 2}});
  check({{"charOffset", 4}, {"charLength", 2}}, {{1, 1}, {1, 3}});
  check({{"byteOffset", 6}, {"byteLength", 1}}, {{1, 2}, {1, 3}});
  check({{"charOffset", -1}}, {});
  check({{"startLine", 5}, {"startColumn", 9}, {"endLine", 4}, {"endColumn", 1}}, {{4, 8}, {4, 8}});
  const Problems without_contents = read(report(json::array({result({{"charOffset", 4}})})));
  CHECK(without_contents[0].range == text::Range{});
}

TEST_CASE("SARIF: bases of URIs, each relative to the next") {
  const auto check = [](const json& bases, const std::string& path) {
    json one = result();
    one["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = "SUB";
    CHECK(read(report(json::array({one}), {{"originalUriBaseIds", bases}}))[0].path == path);
  };
  check({{"SUB", {{"uri", "sub/"}, {"uriBaseId", "ROOT"}}}, {"ROOT", {{"uri", "file:///app/"}}}},
        "/app/sub/a.c");
  check({{"SUB", {{"uri", "file:///app"}}}}, "/app/a.c");
  check({{"SUB", {{"uri", "sub"}, {"uriBaseId", "ROOT"}}}}, "sub/a.c");
  check({{"SUB", {{"description", {{"text", "the root"}}}}}}, "a.c");
  check({{"SUB", {{"uri", "x/"}, {"uriBaseId", "SUB"}}}}, "x/x/x/x/x/x/x/x/a.c");  // a ring ends
}

TEST_CASE("SARIF: a fix of several replacements or of another file is none to keep") {
  const json replacement = {{"deletedRegion", {{"startLine", 1}, {"startColumn", 1}, {"endColumn", 3}}},
                            {"insertedContent", {{"text", "x"}}}};
  const auto fixed = [&](const std::string& uri, const json& replacements) {
    json one = result();
    one["fixes"] = json::array({{{"artifactChanges", json::array({{{"artifactLocation", {{"uri", uri}}},
                                                                   {"replacements", replacements}}})}}});
    return read(report(json::array({one})))[0].suggested;
  };
  const auto kept = fixed("a.c", json::array({replacement}));
  REQUIRE(kept);
  CHECK(kept->text == "x");
  CHECK(kept->range == text::Range{{0, 0}, {0, 2}});
  CHECK(!fixed("b.c", json::array({replacement})));
  CHECK(!fixed("a.c", json::array({replacement, replacement})));
  CHECK(!fixed("a.c", json::array()));
}

}  // namespace
}  // namespace autofix::problems
