// Finds where a reply's edits belong in the project's texts, and makes a Patch of them. Never guesses: what
// is missing or ambiguous becomes feedback with the nearest lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/patch.h"
#include "server/fix/project_files.h"
#include "server/fix/reply.h"
#include "server/text/position.h"

namespace autofix::fix {

/// The ladder's rungs, in order; each must match exactly once to be taken.
enum class Rung { exact, trailing_whitespace, indentation, whitespace, fuzzy };

struct Located {
  text::ByteSpan span;
  std::string replacement;  ///< re-indented and with the file's line endings
  Rung rung = Rung::exact;
};

/// Why an edit has no place, fit to be sent back to the model: which path, whether it was missing or stands
/// at several lines (named), and the nearest lines of the file.
struct LocateError {
  std::string path;
  std::string message;
};

/// One search text in one file.
tl::expected<Located, LocateError> locate_edit(std::string_view text, const ReplyEdit& edit);

/// All edits of a reply, applied one after the other per file, as one patch; or every error found. Edits that
/// change nothing are an error too ("the replacement is what stands there already").
tl::expected<Patch, std::vector<LocateError>> locate(const Reply& reply, const ProjectFiles& files);

}  // namespace autofix::fix
