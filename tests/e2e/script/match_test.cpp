// A part of a JSON value against the whole, and the rewriting of what was expected.
#include "tests/support/catch.h"
#include "tests/support/golden.h"
#include "tests/support/json_match.h"

namespace autofix::test {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const json kGot = json::parse(
    R"({"status": "no_fix", "applied": null, "cost": 1, "files": [{"path": "a", "kind": "modify"}]})");

struct Match {
  const char* wanted;
  std::vector<std::string> differences;
  const char* projection;  ///< what --update would write
};

TEST_CASE("objects match by their keys, arrays by their elements, and every difference is told") {
  const Match match = GENERATE(values<Match>({
      {R"({"status": "no_fix"})", {}, R"({"status": "no_fix"})"},
      {R"({"cost": 1.0, "applied": null})", {}, R"({"cost": 1, "applied": null})"},
      {R"({"files": [{"path": "a"}]})", {}, R"({"files": [{"path": "a"}]})"},
      {R"({"status": "{any}", "nothing": "{none}"})", {}, R"({"status": "{any}", "nothing": "{none}"})"},
      {R"({"status": "{none}"})", {R"(r.status is "no_fix", wanted "{none}")"}, R"({"status": "no_fix"})"},
      {R"({"missing": "{any}"})", {R"(r.missing is missing, wanted "{any}")"}, R"({"missing": "{none}"})"},
      {R"({"status": "verified", "cost": 2})",
       {R"(r.status is "no_fix", wanted "verified")", "r.cost is 1, wanted 2"},
       R"({"status": "no_fix", "cost": 1})"},
      {R"({"files": [{"path": "b"}]})",
       {R"(r.files[0].path is "a", wanted "b")"},
       R"({"files": [{"path": "a"}]})"},
      {R"({"files": []})",
       {R"(r.files has 1 elements, wanted 0: [{"kind":"modify","path":"a"}])"},
       R"({"files": [{"kind": "modify", "path": "a"}]})"},
      {R"({"status": {}})", {R"(r.status is "no_fix", wanted {})"}, R"({"status": "no_fix"})"},
  }));
  INFO(match.wanted);
  const ordered_json wanted = ordered_json::parse(match.wanted);
  CHECK(json_differences(wanted, kGot, "r") == match.differences);
  CHECK(written_json(json_projection(wanted, kGot)) == match.projection);
}

TEST_CASE("lines that were expected are replaced by what came, however many they are") {
  CHECK(updated("1\n2\n3\n4\n", {{2, 2, {"two", "and more"}}, {3, 4, {}}}) == "1\ntwo\nand more\n");
  CHECK(updated("1\n2\n", {}) == "1\n2\n");
}

}  // namespace
}  // namespace autofix::test
