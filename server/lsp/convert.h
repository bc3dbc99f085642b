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

/// Where a failure on one line is shown: at its range, in `to`, and where that is empty from there (or from
/// the line's first character that is no blank) to the line's end, so that it can be seen and pointed at.
text::Range shown_range(const std::string& line, const text::Range& range, text::PositionEncoding from,
                        text::PositionEncoding to);

/// One of `autofix/testResults` failures as a problem; `path` is the file's, empty where it names none.
tl::expected<problems::Problem, std::string> test_failure(const protocol::Json& failure, std::string path,
                                                          text::PositionEncoding encoding);

/// First line of a message without control characters, at most `most` characters.
std::string title_text(std::string_view message, std::size_t most);

}  // namespace autofix::lsp
