// What the client said it can do, as plain facts.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "server/text/position.h"

namespace autofix::lsp {

struct ClientCapabilities {
  text::PositionEncoding encoding = text::PositionEncoding::utf16;  ///< as negotiated
  bool code_action_literals = false;
  bool llm_generated_tag = false;  ///< LSP 3.18, CodeActionTag.LLMGenerated
  bool apply_edit = false;
  bool document_changes = false;
  bool create_files = false;
  bool change_annotations = false;
  bool work_done_progress = false;
  bool configuration = false;
  bool watches_files = false;      ///< and takes the registration for it
  bool relative_patterns = false;  ///< in that registration
  bool related_information = false;
  bool message_actions = false;  ///< window/showMessageRequest, shown without getting in the way
};

/// `capabilities` of initialize. Members of unexpected types count as absent.
ClientCapabilities read_capabilities(const nlohmann::json& capabilities);

const char* encoding_name(text::PositionEncoding encoding);

}  // namespace autofix::lsp
