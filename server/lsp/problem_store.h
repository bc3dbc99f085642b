// What other servers and test runners reported of each document, kept so that the light bulb is answered from
// memory. Used on the reader thread only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/types.h"
#include "server/problems/problem.h"
#include "server/text/position.h"

namespace autofix::lsp {

/// A diagnostic with the little that offering needs; the rest stays as it came.
struct KnownDiagnostic {
  text::Range range;
  problems::Severity severity = problems::Severity::error;
  std::string message;
  protocol::Json raw;
};

struct KnownTest {
  text::Range range;
  std::string name;
  protocol::Json raw;
};

/// The `source` of the diagnostics that we publish for failing tests.
inline constexpr const char* kTestSource = "autofix tests";

/// Empty when it has not the shape of a diagnostic.
std::optional<KnownDiagnostic> known_diagnostic(const protocol::Json& diagnostic);

class ProblemStore {
 public:
  /// The whole set of that document. Returns how many were dropped for having another shape.
  std::size_t set_diagnostics(const std::string& uri, const protocol::Json& diagnostics);
  /// All failing tests there are, by document; failures without a place stand under the empty uri.
  void set_tests(std::map<std::string, std::vector<KnownTest>> tests) { tests_ = std::move(tests); }
  std::set<std::string> test_uris() const;
  void forget(const std::string& uri) { diagnostics_.erase(uri); }

  /// Sorted by start.
  const std::vector<KnownDiagnostic>& diagnostics(const std::string& uri) const;
  const std::vector<KnownTest>& tests(const std::string& uri) const;

 private:
  std::map<std::string, std::vector<KnownDiagnostic>> diagnostics_;
  std::map<std::string, std::vector<KnownTest>> tests_;
};

}  // namespace autofix::lsp
