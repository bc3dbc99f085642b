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

using ReadReport = tl::expected<TestReport, ReadError>;

/// JUnit XML of pytest, unittest-xml-reporting, surefire, Gradle, Ant, gotestsum, jest-junit, Vitest, Mocha,
/// node:test, Catch2, GoogleTest, ctest, nextest, …, and Catch2's own XML. A name that stands there several
/// times is that many tests; surefire's flakyFailure is a test that passed. No DTD, no entities beyond XML's
/// five; depth and size are capped (TRUST.md, "Bad input").
ReadReport read_junit(std::string_view xml);

/// The Test Anything Protocol, versions 12 to 14. A plan that is not kept, and a bail-out, count as a
/// failure.
ReadReport read_tap(std::string_view text);

/// What compilers and linters print: gcc, clang, clang-tidy, cppcheck, ld, tsc, ESLint (stylish), pyright,
/// mypy, ruff, flake8, pylint, rustc and clippy, go build and vet, shellcheck (`-f gcc`), javac, Maven's
/// compiler. Notes and `In file included from` are related locations. Lines that are no diagnostic are
/// skipped, so an output without any gives no problems.
Problems read_compiler_text(std::string_view output);

/// One diagnostic in LSP's form; `path` says where it is. Positions are in `encoding`. Wrong types are an
/// error.
tl::expected<Problem, ReadError> read_lsp_diagnostic(const nlohmann::json& diagnostic, std::string path,
                                                     text::PositionEncoding encoding);

/// A JSON array of LSP diagnostics, each with `uri` or `path`; positions in UTF-16 as LSP's default has them.
Read read_diagnostics_json(std::string_view json);

/// SARIF 2.1.0 results with their first location, related locations and code flows.
Read read_sarif(std::string_view json);

/// `--diagnostics FILE`: tells SARIF, JSON (an array of LSP diagnostics; what ESLint, ruff, pyright,
/// ShellCheck and cargo write) and compiler text apart by their content.
Read read_diagnostics(std::string_view content);

/// `--tests FILE`: test reports, told apart by their content: JUnit and Catch2's XML, TAP, the JSON of Jest,
/// Vitest, Mocha, GoogleTest and `go test`.
ReadReport read_test_report(std::string_view content);

/// Everything that a command's output says: tests by name where their runner names them, exact tallies,
/// failures and diagnostics as problems. Runs of several runners add up; what a test printed counts for
/// nothing, even where it looks like another runner's words. Where no runner speaks, the exit status is the
/// one test: it passed or failed.
TestReport read_output(std::string_view output, int exit_status);

/// The problems of read_output when a command failed; where there are none, one without a path that carries
/// the tail of the output. Empty when exit_status is 0.
Problems read_run_output(std::string_view output, int exit_status, std::string_view command);

/// Terminal control sequences and other control characters except TAB, LF and CR removed; invalid UTF-8
/// replaced.
std::string printable(std::string_view text);

}  // namespace autofix::problems
