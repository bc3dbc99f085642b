#include "server/lsp/client_capabilities.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

namespace autofix::lsp {
namespace {

using nlohmann::json;

/// The member at the end of a way of names, null where it ends early.
const json& at(const json& value, std::initializer_list<const char*> names) {
  static const json kNull;
  const json* here = &value;
  for (const char* name : names) {
    if (!here->is_object()) return kNull;
    const auto member = here->find(name);
    if (member == here->end()) return kNull;
    here = &*member;
  }
  return *here;
}

bool is_set(const json& value, std::initializer_list<const char*> names) {
  const json& flag = at(value, names);
  return flag.is_boolean() && flag.get<bool>();
}

bool lists(const json& array, const json& wanted) {
  return array.is_array() && std::ranges::find(array, wanted) != array.end();
}

text::PositionEncoding negotiated(const json& offered) {
  if (lists(offered, "utf-8")) return text::PositionEncoding::utf8;
  if (lists(offered, "utf-32") && !lists(offered, "utf-16")) return text::PositionEncoding::utf32;
  return text::PositionEncoding::utf16;
}

}  // namespace

ClientCapabilities read_capabilities(const json& all) {
  ClientCapabilities client;
  client.encoding = negotiated(at(all, {"general", "positionEncodings"}));
  client.code_action_literals =
      at(all, {"textDocument", "codeAction", "codeActionLiteralSupport"}).is_object();
  client.llm_generated_tag = lists(at(all, {"textDocument", "codeAction", "tagSupport", "valueSet"}), 1);
  client.apply_edit = is_set(all, {"workspace", "applyEdit"});
  client.document_changes = is_set(all, {"workspace", "workspaceEdit", "documentChanges"});
  client.create_files = lists(at(all, {"workspace", "workspaceEdit", "resourceOperations"}), "create");
  client.change_annotations = at(all, {"workspace", "workspaceEdit", "changeAnnotationSupport"}).is_object();
  client.work_done_progress = is_set(all, {"window", "workDoneProgress"});
  client.configuration = is_set(all, {"workspace", "configuration"});
  client.watches_files = is_set(all, {"workspace", "didChangeWatchedFiles", "dynamicRegistration"});
  client.relative_patterns = is_set(all, {"workspace", "didChangeWatchedFiles", "relativePatternSupport"});
  client.related_information = is_set(all, {"textDocument", "publishDiagnostics", "relatedInformation"});
  client.message_actions = at(all, {"window", "showMessage", "messageActionItem"}).is_object();
  return client;
}

const char* encoding_name(text::PositionEncoding encoding) {
  switch (encoding) {
    case text::PositionEncoding::utf8:
      return "utf-8";
    case text::PositionEncoding::utf16:
      return "utf-16";
    case text::PositionEncoding::utf32:
      return "utf-32";
  }
  return "utf-16";
}

}  // namespace autofix::lsp
