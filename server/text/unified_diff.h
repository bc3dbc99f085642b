// Unified diffs that patch(1) and `git apply` accept, for people and for the result object.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace autofix::text {

/// One file's part of a diff, with `--- a/path` and `+++ b/path`; `before` empty for a new file (`/dev/null`
/// and `new file mode`), `after` empty for a deleted one. Lines keep their own endings (a CR stays in the
/// line);
/// "\ No newline at end of file" where it applies; three lines of context. Empty when nothing differs.
std::string unified_diff(std::string_view path, const std::optional<std::string>& before,
                         const std::optional<std::string>& after);

}  // namespace autofix::text
