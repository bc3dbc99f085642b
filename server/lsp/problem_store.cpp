#include "server/lsp/problem_store.h"

#include <algorithm>

#include "server/lsp/convert.h"

namespace autofix::lsp {

std::optional<KnownDiagnostic> known_diagnostic(const protocol::Json& diagnostic) {
  if (!diagnostic.is_object()) return std::nullopt;
  KnownDiagnostic known;
  protocol::Range range;
  const auto place = diagnostic.find("range");
  if (place == diagnostic.end() || !protocol::read_range(*place, range)) return std::nullopt;
  known.range = from_lsp(range);
  const auto message = diagnostic.find("message");
  if (message == diagnostic.end() || !message->is_string()) return std::nullopt;
  known.message = message->get<std::string>();
  if (const auto severity = diagnostic.find("severity");
      severity != diagnostic.end() && severity->is_number_unsigned()) {
    const auto number = severity->get<unsigned>();
    if (number >= 1 && number <= 4) known.severity = static_cast<problems::Severity>(number);
  }
  known.raw = diagnostic;
  return known;
}

std::size_t ProblemStore::set_diagnostics(const std::string& uri, const protocol::Json& diagnostics) {
  std::vector<KnownDiagnostic> all;
  std::size_t dropped = 0;
  for (const protocol::Json& diagnostic : diagnostics) {
    if (auto known = known_diagnostic(diagnostic)) {
      all.push_back(std::move(*known));
    } else {
      ++dropped;
    }
  }
  std::ranges::stable_sort(all, {}, [](const KnownDiagnostic& known) { return known.range.start; });
  if (all.empty()) {
    diagnostics_.erase(uri);
  } else {
    diagnostics_[uri] = std::move(all);
  }
  return dropped;
}

std::set<std::string> ProblemStore::test_uris() const {
  std::set<std::string> uris;
  for (const auto& [uri, tests] : tests_) uris.insert(uri);
  return uris;
}

const std::vector<KnownDiagnostic>& ProblemStore::diagnostics(const std::string& uri) const {
  static const std::vector<KnownDiagnostic> kNone;
  const auto known = diagnostics_.find(uri);
  return known == diagnostics_.end() ? kNone : known->second;
}

const std::vector<KnownTest>& ProblemStore::tests(const std::string& uri) const {
  static const std::vector<KnownTest> kNone;
  const auto known = tests_.find(uri);
  return known == tests_.end() ? kNone : known->second;
}

}  // namespace autofix::lsp
