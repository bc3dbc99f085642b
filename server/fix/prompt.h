// Words a request and its context for a model. Pure: the same input gives the same bytes, which is what the
// cache and `autofix preview` rely on.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "providers/catalog.h"
#include "providers/provider.h"
#include "server/fix/context.h"
#include "server/fix/fix_request.h"
#include "server/fix/fix_source.h"
#include "server/fix/redact.h"

namespace autofix::fix {

/// Grows with every change that makes models answer differently: replies to older wordings are not reused.
inline constexpr int kPromptVersion = 1;

/// What one link lets a prompt be.
struct PromptLimits {
  int max_input_tokens = 24'000;
  int max_output_tokens = 8'192;
  providers::ReplyFormat reply_format = providers::ReplyFormat::blocks;
};

struct BuiltPrompt {
  providers::Prompt prompt;
  std::vector<std::string> shown_paths;  ///< files that a reply may change
  std::vector<std::string> whole_paths;  ///< files that were shown from first to last line
};

/// All texts pass through `redactor`. Earlier rounds of this link stand as conversation, oldest first.
BuiltPrompt build_prompt(const FixRequest& request, const Context& context, const PromptLimits& limits,
                         std::span<const Feedback> feedback, Redactor& redactor);

/// JSON Schema of a reply in JSON mode (CONTRACT.md, "Reply formats").
std::string reply_schema();

}  // namespace autofix::fix
