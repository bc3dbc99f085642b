// Everything that turns reports into problems. One .cpp per format; each reads any bytes without crashing,
// and returns exact counts or one error.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/problems/problem.h"
#include "server/problems/test_report.h"

namespace autofix::problems {

using Problems = std::vector<Problem>;
using Read = tl::expected<Problems, ReadError>;

/// JUnit XML of pytest, ctest, Catch2, Maven, Jest, gotestsum, …: failures and errors, not skipped or passed
/// ones. No DTD, no entities beyond XML's five; depth and size are capped (TRUST.md, "Bad input").
Read read_junit(std::string_view xml);

/// Output of gcc and clang and what prints like them (`path:line:col: error: message [code]`, notes and
/// `In file included from` attached as related locations); mypy, ruff, tsc (`path(line,col): error TS1: …`).
/// Lines that are no diagnostic are skipped, so an output without any gives no problems.
Problems read_compiler_text(std::string_view output);

/// One diagnostic in LSP's form; `path` says where it is. Positions are in `encoding`. Wrong types are an
/// error.
tl::expected<Problem, ReadError> read_lsp_diagnostic(const nlohmann::json& diagnostic, std::string path,
                                                     text::PositionEncoding encoding);

/// A JSON array of LSP diagnostics, each with `uri` or `path`; positions in UTF-16 as LSP's default has them.
Read read_diagnostics_json(std::string_view json);

/// SARIF 2.1.0 results with their first location, related locations and code flows.
Read read_sarif(std::string_view json);

/// `--diagnostics FILE`: tells SARIF, a JSON array of diagnostics and compiler text apart by their content.
Read read_diagnostics(std::string_view content);

/// `--tests FILE`: test reports, told apart by their content.
Read read_test_report(std::string_view content);

/// What a command printed on its streams, in order, when it failed: compiler text, pytest's and ctest's
/// console output, a Python traceback; when nothing of that is found, one problem without a path that carries
/// the tail of the output. Empty when exit_status is 0.
Problems read_run_output(std::string_view output, int exit_status, std::string_view command);

/// Everything that a command's output says.
TestReport read_output(std::string_view output, int exit_status);

/// Terminal control sequences and other control characters except TAB, LF and CR removed; invalid UTF-8
/// replaced.
std::string printable(std::string_view text);

}  // namespace autofix::problems
