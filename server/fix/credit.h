// Who gave a fix, whether it is proven, and what it cost, in one line for people: the same on the command
// line and in an editor's message.
#pragma once

#include <string>

#include "server/fix/fix_result.h"

namespace autofix::fix {

/// The last link that could not answer before the one that did; null where the first one answered. Links
/// without a key count for nothing: nobody expects them to answer.
const Attempt* fallen_back_from(const FixResult& result);

/// `quota exhausted`.
std::string words_of(Outcome outcome);

/// `verified, by Groq after Gemini (quota exhausted): 1 failed, 0 passed before; 0 failed, 1 passed after;
/// 312 tokens, $0.0001`. For results with a patch.
std::string credit(const FixResult& result);

}  // namespace autofix::fix
