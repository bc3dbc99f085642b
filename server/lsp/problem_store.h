// What other servers and test runners reported of each document, kept so that the light bulb is answered from
// memory. Used on the reader thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
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
  protocol::Json raw;      ///< as `autofix/testResults` describes a failure
  protocol::Json related;  ///< LSP's relatedInformation, null where there is none
};
using KnownTests = std::map<std::string, std::vector<KnownTest>>;  ///< by document

/// The `source` of the diagnostics that we publish for failing tests.
inline constexpr const char* kTestSource = "autofix tests";

/// Whether a diagnostic is one of those.
bool is_published_test(const protocol::Json& diagnostic);

/// Empty when it has not the shape of a diagnostic.
std::optional<KnownDiagnostic> known_diagnostic(const protocol::Json& diagnostic);

class ProblemStore {
 public:
  /// The whole set of that document, without what we published ourselves. Returns how many were dropped for
  /// having another shape.
  std::size_t set_diagnostics(const std::string& uri, const protocol::Json& diagnostics);
  /// Everything that one owner (a report, the editor) knows of failing tests; failures without a place stand
  /// under the empty uri. Returns the documents for which that may be news.
  std::set<std::string> set_tests(const std::string& owner, const KnownTests& tests);
  /// Returns the documents that had such tests.
  std::set<std::string> forget_tests(
      const std::function<bool(const std::string& owner, const std::string& uri)>& which);
  std::set<std::string> test_uris() const;
  void forget(const std::string& uri) { diagnostics_.erase(uri); }

  /// Sorted by start.
  const std::vector<KnownDiagnostic>& diagnostics(const std::string& uri) const;
  const std::vector<KnownTest>& tests(const std::string& uri) const;
  /// The failing test of that name, whoever tells of it; null when there is none.
  const KnownTest* test_named(std::string_view name) const;

 private:
  std::map<std::string, std::vector<KnownDiagnostic>> diagnostics_;
  void join(const std::string& uri);

  std::map<std::string, KnownTests> owned_;  // by owner, then by document in its one spelling
  KnownTests tests_;                         // of all owners, each failure once
};

}  // namespace autofix::lsp
