#include "server/lsp/problem_store.h"

#include <algorithm>

#include "protocol/uri.h"
#include "server/lsp/convert.h"

namespace autofix::lsp {

bool is_published_test(const protocol::Json& diagnostic) {
  if (!diagnostic.is_object()) return false;
  const auto source = diagnostic.find("source");
  return source != diagnostic.end() && *source == kTestSource;
}

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
    if (is_published_test(diagnostic)) continue;
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

std::set<std::string> ProblemStore::set_tests(const std::string& owner, const KnownTests& tests) {
  std::set<std::string> touched;
  KnownTests& owned = owned_[owner];
  for (const auto& [uri, before] : owned) touched.insert(uri);
  owned.clear();
  for (const auto& [uri, failures] : tests) {
    const std::string known = protocol::normalized_uri(uri);
    std::ranges::copy(failures, std::back_inserter(owned[known]));
    touched.insert(known);
  }
  if (owned.empty()) owned_.erase(owner);
  for (const std::string& uri : touched) join(uri);
  return touched;
}

std::set<std::string> ProblemStore::forget_tests(
    const std::function<bool(const std::string& owner, const std::string& uri)>& which) {
  std::set<std::string> touched;
  for (auto& [owner, tests] : owned_) {
    std::erase_if(tests, [&, &of = owner](const auto& entry) {
      const bool forgotten = which(of, entry.first);
      if (forgotten) touched.insert(entry.first);
      return forgotten;
    });
  }
  std::erase_if(owned_, [](const auto& entry) { return entry.second.empty(); });
  for (const std::string& uri : touched) join(uri);
  return touched;
}

void ProblemStore::join(const std::string& uri) {
  std::vector<KnownTest> all;
  std::set<std::pair<std::string_view, std::uint32_t>> told;
  for (const auto& [owner, tests] : owned_) {
    const auto of_document = tests.find(uri);
    if (of_document == tests.end()) continue;
    for (const KnownTest& test : of_document->second) {
      if (told.emplace(test.name, test.range.start.line).second) all.push_back(test);
    }
  }
  if (all.empty()) {
    tests_.erase(uri);
  } else {
    tests_[uri] = std::move(all);
  }
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
  const auto known = tests_.find(protocol::normalized_uri(uri));
  return known == tests_.end() ? kNone : known->second;
}

const KnownTest* ProblemStore::test_named(std::string_view name) const {
  for (const auto& [uri, tests] : tests_) {
    const auto found = std::ranges::find(tests, name, &KnownTest::name);
    if (found != tests.end()) return &*found;
  }
  return nullptr;
}

}  // namespace autofix::lsp
