#include "server/fix/result_json.h"

#include <nlohmann/json.hpp>

#include "server/fix/wall_time.h"
#include "server/text/line_index.h"

namespace autofix::fix {
namespace {

using nlohmann::json;

json position_json(text::Position position) {
  return {{"line", position.line}, {"character", position.character}};
}

json text_edits_json(const FileChange& change, const EditStyle& style, const std::string& annotation) {
  const text::LineIndex lines(change.before);
  json edits = json::array();
  for (const text::TextEdit& edit : change.edits) {
    const text::Range range = lines.range_of(change.before, {edit.begin, edit.end}, style.encoding);
    json item = {{"range", {{"start", position_json(range.start)}, {"end", position_json(range.end)}}},
                 {"newText", edit.new_text}};
    if (!annotation.empty()) item["annotationId"] = annotation;
    edits.push_back(std::move(item));
  }
  return edits;
}

/// `new_file`: the file does not exist before the edit, so no version of it can.
json text_document_edit(const std::string& path, json edits, bool new_file, const EditStyle& style) {
  json version = nullptr;
  if (!new_file && style.version_of) {
    if (const auto known = style.version_of(path)) version = *known;
  }
  return {{"textDocument", {{"uri", style.uri_of(path)}, {"version", version}}}, {"edits", std::move(edits)}};
}

json optional_text(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

json attempt_json(const Attempt& attempt) {
  return {{"provider", attempt.link},
          {"model", optional_text(attempt.model)},
          {"outcome", name_of(attempt.outcome)},
          {"httpStatus", attempt.http_status == 0 ? json(nullptr) : json(attempt.http_status)},
          {"retryAt", attempt.retry_at ? json(rfc3339(*attempt.retry_at)) : json(nullptr)},
          {"elapsedMs", attempt.elapsed.count()},
          {"message", attempt.message}};
}

json counts_json(const std::optional<RunCounts>& counts) {
  if (!counts) return nullptr;
  return {{"failed", counts->failed}, {"passed", counts->passed}};
}

json verification_json(const Verification& verification) {
  const char* state = "not_run";
  if (verification.state == Verification::State::passed) state = "passed";
  if (verification.state == Verification::State::failed) state = "failed";
  return {{"state", state},
          {"command", verification.command},
          {"sandbox", verification.sandbox},
          {"before", counts_json(verification.before)},
          {"after", counts_json(verification.after)},
          {"reason", optional_text(verification.reason)}};
}

const char* kind_name(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::modify:
      return "modify";
    case ChangeKind::create:
      return "create";
    case ChangeKind::remove:
      return "delete";
    case ChangeKind::rename:
      return "rename";
  }
  return "modify";
}

}  // namespace

json workspace_edit_json(const Patch& patch, const EditStyle& style) {
  if (!style.document_changes) {
    json changes = json::object();
    for (const FileChange& change : patch.files) {
      changes[style.uri_of(change.path)] = text_edits_json(change, style, "");
    }
    return {{"changes", std::move(changes)}};
  }
  json operations = json::array();
  json annotations = json::object();
  for (const FileChange& change : patch.files) {
    std::string annotation;
    if (style.change_annotations && (change.needs_confirmation || style.preview)) {
      annotation = "confirm-" + std::to_string(annotations.size() + 1);
      annotations[annotation] = {{"label", "Auto-fix with AI"}, {"needsConfirmation", true}};
      if (change.needs_confirmation) annotations[annotation]["description"] = change.confirmation_reason;
    }
    const auto operation = [&](json body) {
      if (!annotation.empty()) body["annotationId"] = annotation;
      operations.push_back(std::move(body));
    };
    const std::string uri = style.uri_of(change.path);
    if (change.kind == ChangeKind::create) operation({{"kind", "create"}, {"uri", uri}});
    json edits = text_edits_json(change, style, annotation);
    if (!edits.empty() && change.kind != ChangeKind::remove) {
      operations.push_back(
          text_document_edit(change.path, std::move(edits), change.kind == ChangeKind::create, style));
    }
    if (change.kind == ChangeKind::rename) {
      operation({{"kind", "rename"}, {"oldUri", uri}, {"newUri", style.uri_of(change.new_path)}});
    }
    if (change.kind == ChangeKind::remove) operation({{"kind", "delete"}, {"uri", uri}});
  }
  json edit = {{"documentChanges", std::move(operations)}};
  if (!annotations.empty()) edit["changeAnnotations"] = std::move(annotations);
  return edit;
}

json result_json(const FixResult& result, const EditStyle& style) {
  json attempts = json::array();
  for (const Attempt& attempt : result.attempts) attempts.push_back(attempt_json(attempt));

  json files = json::array();
  json edit = {{"documentChanges", json::array()}};
  std::string diff;
  if (const auto& shown = result.patch ? result.patch : result.rejected) {
    for (const FileChange& change : shown->files) {
      json file = {{"path", change.path}, {"kind", kind_name(change.kind)}};
      if (change.kind == ChangeKind::rename) file["newPath"] = change.new_path;
      if (change.needs_confirmation) file["needsConfirmation"] = change.confirmation_reason;
      files.push_back(std::move(file));
    }
    diff = unified_diff(*shown);
  }
  if (result.patch) edit = workspace_edit_json(*result.patch, style);
  return {{"status", name_of(result.status)},
          {"applied", result.applied ? json(*result.applied) : json(nullptr)},
          {"reason", optional_text(result.reason)},
          {"summary", result.summary.empty() ? result.message : result.summary},
          {"provider", optional_text(result.link)},
          {"model", optional_text(result.model)},
          {"cached", result.cached},
          {"attempts", std::move(attempts)},
          {"files", std::move(files)},
          {"diff", std::move(diff)},
          {"edit", std::move(edit)},
          {"verification", verification_json(result.verification)},
          {"usage",
           {{"inputTokens", result.usage.input_tokens},
            {"outputTokens", result.usage.output_tokens},
            {"costUsd", result.usage.cost_usd}}},
          {"sessionId", optional_text(result.session_id)},
          {"message", optional_text(result.message)},
          {"nextStep", optional_text(result.next_step)}};
}

}  // namespace autofix::fix
