#include "server/fix/result_json.h"

#include <nlohmann/json.hpp>

#include "server/fix/wall_time.h"
#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

using nlohmann::json;

EditStyle style() {
  EditStyle style;
  style.uri_of = [](std::string_view path) { return "file:///p/" + std::string(path); };
  style.version_of = [](std::string_view path) -> std::optional<std::int64_t> {
    if (path == "a.py") return 7;
    return std::nullopt;
  };
  return style;
}

FileChange change(std::string path, ChangeKind kind, std::string before, std::string after) {
  FileChange change;
  change.path = std::move(path);
  change.kind = kind;
  change.edits =
      kind == ChangeKind::remove ? std::vector<text::TextEdit>{} : text::minimal_edits(before, after);
  change.before = std::move(before);
  change.after = std::move(after);
  return change;
}

}  // namespace

TEST_CASE("a workspace edit has versions, file operations and positions in the client's encoding") {
  Patch patch;
  patch.files = {
      change("a.py", ChangeKind::modify, "s = '\xF0\x9F\x98\x80' + x\n", "s = '\xF0\x9F\x98\x80' + y\n"),
      change("b.py", ChangeKind::create, "", "z = 1\n")};
  struct Row {
    text::PositionEncoding encoding;
    int character;
  };
  for (const Row& row : {Row{text::PositionEncoding::utf8, 13}, Row{text::PositionEncoding::utf16, 11},
                         Row{text::PositionEncoding::utf32, 10}}) {
    EditStyle with_encoding = style();
    with_encoding.encoding = row.encoding;
    const json edit = workspace_edit_json(patch, with_encoding);
    REQUIRE(edit["documentChanges"].size() == 3);
    const json& first = edit["documentChanges"][0];
    CHECK(first["textDocument"] == json{{"uri", "file:///p/a.py"}, {"version", 7}});
    CHECK(first["edits"][0]["range"]["start"]["character"] == row.character);
    CHECK(first["edits"][0]["newText"] == "y");
    CHECK(edit["documentChanges"][1] == json{{"kind", "create"}, {"uri", "file:///p/b.py"}});
    CHECK(edit["documentChanges"][2]["textDocument"]["version"].is_null());
  }
}

TEST_CASE("what needs the user's word is annotated where the client can show it") {
  Patch patch;
  patch.files = {change("old.py", ChangeKind::remove, "x\n", "")};
  patch.files[0].needs_confirmation = true;
  patch.files[0].confirmation_reason = "deletes old.py";
  EditStyle annotated = style();
  annotated.change_annotations = true;
  const json edit = workspace_edit_json(patch, annotated);
  CHECK(edit["documentChanges"][0]["kind"] == "delete");
  const std::string id = edit["documentChanges"][0]["annotationId"];
  CHECK(edit["changeAnnotations"][id]["needsConfirmation"] == true);
  CHECK_FALSE(workspace_edit_json(patch, style()).contains("changeAnnotations"));
}

TEST_CASE("the older form has changes by uri") {
  Patch patch;
  patch.files = {change("a.py", ChangeKind::modify, "x\n", "y\n")};
  EditStyle old = style();
  old.document_changes = false;
  CHECK(workspace_edit_json(patch, old)["changes"]["file:///p/a.py"][0]["newText"] == "y");
}

TEST_CASE("a result without a fix still has every field") {
  FixResult result;
  result.status = Status::no_fix;
  Attempt attempt;
  attempt.link = "gemini";
  attempt.outcome = Outcome::quota_exhausted;
  attempt.http_status = 429;
  attempt.retry_at = providers::WallTime(std::chrono::seconds(1771833600));
  result.attempts = {attempt};
  const json object = result_json(result, style());
  for (const char* key : {"status", "applied", "reason", "summary", "provider", "model", "cached", "attempts",
                          "files", "diff", "edit", "verification", "usage", "sessionId"}) {
    INFO(key);
    CHECK(object.contains(key));
  }
  CHECK(object["status"] == "no_fix");
  CHECK(object["applied"].is_null());
  CHECK(object["attempts"][0]["outcome"] == "quota_exhausted");
  CHECK(object["attempts"][0]["retryAt"] == "2026-02-23T08:00:00Z");
  CHECK(object["verification"]["state"] == "not_run");
  CHECK(object["verification"]["sandbox"] == "none");
}

TEST_CASE("times for people") {
  const providers::WallTime now{};
  using std::chrono::seconds;
  CHECK(from_now(now, now) == "now");
  CHECK(from_now(now + seconds(36), now) == "in 36 s");
  CHECK(from_now(now + seconds(1800), now) == "in 30 min");
  CHECK(from_now(now + seconds(11520), now) == "in 3 h 12 min");
}

}  // namespace autofix::fix
