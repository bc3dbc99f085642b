// Proven fixes over LSP: what is verified is what the editor holds, not what the disk does, and the editor
// never gets to see what did not hold.
#include "protocol/uri.h"
#include "tests/e2e/verify/python_shop.h"
#include "tests/e2e/verify/typescript_shop.h"
#include "tests/support/catch.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// A server for a folder that the user trusts.
class TrustedEditor {
 public:
  explicit TrustedEditor(const Rig& rig) {
    const Ran trust = rig.run({"trust", "."});
    INFO(trust.out << trust.err);
    REQUIRE(trust.exit_code == 0);
    client = std::make_unique<LspClient>(rig.environment, rig.project());
    client->initialize();
  }

  json fix(const std::string& path, const json& what) {
    json argument = {{"uri", client->uri(path)}, {"version", client->document(path).version}};
    argument.update(what);
    return client->request("workspace/executeCommand",
                           {{"command", "autofix.fix"}, {"arguments", json::array({argument})}});
  }

  std::unique_ptr<LspClient> client;
};

json range_of_line(int line) {
  return {{"start", {{"line", line}, {"character", 0}}}, {"end", {{"line", line}, {"character", 1}}}};
}

void check_proven(const json& result, const std::string& counts) {
  CHECK(result.at("status") == "verified");
  CHECK(result.at("applied") == true);
  REQUIRE(result.at("attempts").size() == 2);
  CHECK(result.at("attempts").at(0).at("outcome") == "failed_verification");
  CHECK(result.at("attempts").at(1).at("outcome") == "ok");
  CHECK(result.at("verification").at("sandbox") == "isolated");
  CHECK(Fixed{{}, result}.counts() == counts);
}

/// Nothing that the editor was told or shows has the wrong fix in it.
void check_unseen(LspClient& editor, const json& result) {
  std::string all = result.dump() + editor.log();
  for (const json& message : editor.notifications) all += message.dump();
  CHECK_THAT(all, !Contains(kWrongMark));
  CHECK(find_canary(all).empty());
  CHECK(editor.edits_asked == 1);
}

TEST_CASE("in an editor, Python: the unsaved text is what is proven") {
  if (!can_isolate() || !is_installed("/usr/bin/pytest", "python3-pytest")) return;
  Files files = python_shop();
  files["shop/total.py"] = "def total(:  # not finished when it was saved\n";
  const Rig rig(files, answers({shop_fix("    return result * discount\n"), right_shop_fix()}),
                json::array());
  TrustedEditor editor(rig);
  editor.client->open("shop/total.py", files.at("shop/total.py"));
  editor.client->type("shop/total.py", kTotal);
  const json failure = {{"name", "tests/test_total.py::test_discount"},
                        {"uri", editor.client->uri("shop/total.py")},
                        {"range", range_of_line(7)},
                        {"message", "assert 14 == 6"},
                        {"framework", "pytest"}};
  const json result = editor.fix("shop/total.py", {{"tests", json::array({failure})}});
  INFO(result.dump(1) << editor.client->log());
  check_proven(result, kShopCounts);
  check_unseen(*editor.client, result);
  CHECK_THAT(editor.client->document("shop/total.py").text, Contains("return result - discount"));
  CHECK(rig.project_files() == files);
  check_feedback(*rig.gemini, "40 == 6");
  CHECK(editor.client->shut_down() == 0);
  check_nothing_left(rig);
}

TEST_CASE("in an editor, TypeScript: the unsaved text is what is proven", "[once][typescript]") {
  if (!can_isolate() || !has_node_tools()) return;
  Files files = typescript_shop();
  files["src/label.ts"] = "export function label(sum: number): string {\n  retrun;\n";
  const Rig rig(files, answers({wrong_label_fix(), right_label_fix()}), json::array());
  link_node_tools(rig);
  TrustedEditor editor(rig);
  editor.client->open("src/label.ts", files.at("src/label.ts"));
  editor.client->type("src/label.ts", kLabelTs);
  const json diagnostic = {{"range", range_of_line(1)},
                           {"severity", 1},
                           {"source", "ts"},
                           {"code", 2322},
                           {"message", "Type 'number' is not assignable to type 'string'."}};
  const json result = editor.fix("src/label.ts", {{"diagnostics", json::array({diagnostic})}});
  INFO(result.dump(1) << editor.client->log());
  check_proven(result, "failed 1, passed 0 -> failed 0, passed 1");
  check_unseen(*editor.client, result);
  CHECK_THAT(editor.client->document("src/label.ts").text, Contains("return String(sum);"));
  CHECK(rig.read("src/label.ts") == files.at("src/label.ts"));
  CHECK(editor.client->shut_down() == 0);
  check_nothing_left(rig);
}

}  // namespace
}  // namespace autofix::test
