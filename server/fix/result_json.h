// The result object of CONTRACT.md, for `--json`, `autofix/fix` and the reply of `autofix.fix`.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/fix/fix_result.h"
#include "server/text/position.h"

namespace autofix::fix {

/// How the receiving client wants its WorkspaceEdit.
struct EditStyle {
  std::function<std::string(std::string_view path)> uri_of;  ///< of a project-relative path
  std::function<std::optional<std::int64_t>(std::string_view path)> version_of;  ///< of an open document
  text::PositionEncoding encoding = text::PositionEncoding::utf16;
  bool document_changes =
      true;  ///< false: the older `changes` form, which has no versions and no file operations
  bool change_annotations = false;
  bool preview = false;  ///< every change waits for the user's word, where the client has annotations
};

/// LSP WorkspaceEdit of a patch, `documentChanges` in the order create, edits, rename, remove; positions in
/// `style.encoding` of the text before.
nlohmann::json workspace_edit_json(const Patch& patch, const EditStyle& style);

nlohmann::json result_json(const FixResult& result, const EditStyle& style);

}  // namespace autofix::fix
