// Where a range of an earlier text is in the text of now.
#pragma once

#include <string_view>

#include "server/text/position.h"

namespace autofix::lsp {

/// By whole lines: those before the first and after the last changed line keep their distance to it, those
/// between stay where they are, as far as the text goes. Columns are not touched.
text::Range moved_range(const text::Range& range, std::string_view before, std::string_view now);

}  // namespace autofix::lsp
