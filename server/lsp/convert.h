// The one place where the engine's values and LSP's meet.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "protocol/types.h"
#include "server/problems/problem.h"
#include "server/text/position.h"

namespace autofix::lsp {

text::Range from_lsp(const protocol::Range& range);
protocol::Range to_lsp(const text::Range& range);

/// Half-open ranges that share a character, or touch: an empty range at a cursor counts.
bool touches(const text::Range& a, const text::Range& b);

/// One of `autofix/testResults` failures as a problem; `path` is the file's, empty where it names none.
tl::expected<problems::Problem, std::string> test_failure(const protocol::Json& failure, std::string path,
                                                          text::PositionEncoding encoding);

/// First line of a message without control characters, at most `most` characters.
std::string title_text(std::string_view message, std::size_t most);

}  // namespace autofix::lsp
