// Under which names a fix is kept for problems like its own, and in which form. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/fix/fix_request.h"
#include "server/fix/reply.h"

namespace autofix::fix {

/// `gemini` for `gemini-3.8-flash`, `gpt-oss` for `openai/gpt-oss-120b`: models of one family fix alike.
std::string model_family(std::string_view model);

/// One name for each family, in order; empty where nothing is specific enough to be kept: a problem without a
/// place. Made of the problems' normalised messages, sources and codes, the text of their own lines, the
/// language and the version of the prompt; not of paths and line numbers, so that a moved line or a renamed
/// file is still the same problem.
std::vector<std::string> cache_keys(const FixRequest& request, const std::vector<std::string>& families);

/// The message without what changes from run to run: places, addresses, times, the file's own path.
std::string normalised_message(std::string_view message, std::string_view path);

/// A reply with the problems' own files by number instead of by name. Empty where it cannot be kept: it
/// replaces, deletes or renames whole files.
std::string write_cached_reply(const Reply& reply, const FixRequest& request);
std::optional<Reply> read_cached_reply(std::string_view text, const FixRequest& request);

}  // namespace autofix::fix
