// JSON documents that are test reports or lists of diagnostics, told apart by their members. Files and
// outputs come here once they are known to be JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "server/problems/readers.h"

namespace autofix::problems {

/// Jest's, Vitest's, Mocha's or GoogleTest's report; nothing where it is none of them.
std::optional<ReadReport> read_test_json(const nlohmann::json& root);

/// `go test -json`: one event a line, other lines as `go test` prints them.
ReadReport read_go_json(std::string_view content);

/// ESLint's, ruff's, pyright's or ShellCheck's list; nothing where it is none of them.
std::optional<Read> read_linter_json(const nlohmann::json& root);

/// `cargo --message-format json`: one message a line; other lines are skipped.
Read read_cargo_json(std::string_view content);

}  // namespace autofix::problems
