// A whole document of a known format in a command's output, perhaps behind lines of npm or beside a runner's
// words for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/problems/readers.h"

namespace autofix::problems {

struct Document {
  std::optional<TestReport> report;  ///< where it is a test report
  Problems diagnostics;              ///< where it is a list of them
  std::string rest;                  ///< the output without the document
};

/// The first one; nothing where there is none, or none that can be read.
std::optional<Document> find_document(std::string_view text);

}  // namespace autofix::problems
