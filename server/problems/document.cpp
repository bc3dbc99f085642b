#include "server/problems/document.h"

#include <nlohmann/json.hpp>

#include "server/problems/json_report.h"
#include "server/problems/text_scan.h"
#include "server/text/json.h"

namespace autofix::problems {
namespace {

using nlohmann::json;

/// Lines that look as if a document began, each of which costs a look at what follows it.
constexpr int kMostTried = 8;

/// The length of the JSON value that `text` begins with, by its brackets; 0 where they are not closed.
std::size_t json_length(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return 0;
}

std::string without(std::string_view text, std::size_t begin, std::size_t end) {
  return std::string(text.substr(0, begin)) + std::string(text.substr(std::min(end, text.size())));
}

/// Lines of JSON: `go test -json`, `cargo --message-format json`.
std::optional<Document> read_lines(std::string_view text, const json& first) {
  Document document;
  if (first.contains("Action")) {
    auto read = read_go_json(text);
    if (!read) return std::nullopt;
    document.report = std::move(*read);
    return document;
  }
  if (!first.contains("reason")) return std::nullopt;
  auto read = read_cargo_json(text);
  if (!read) return std::nullopt;
  document.diagnostics = std::move(*read);
  for (const std::string_view line : lines_of(text)) {
    if (!line.starts_with("{\"reason\"")) document.rest += std::string(line) + "\n";
  }
  return document;
}

std::optional<Document> read_json(std::string_view text, std::size_t begin) {
  const std::size_t length = json_length(text.substr(begin));
  if (length == 0) return std::nullopt;
  const std::string_view value = text.substr(begin, length);
  const auto root = text::parse_json(value);
  if (!root) return std::nullopt;
  if (root->is_object()) {
    if (auto lines = read_lines(text, *root)) return lines;
  }
  Document document;
  document.rest = without(text, begin, begin + length);
  if (auto report = read_test_json(*root)) {
    if (!*report) return std::nullopt;
    document.report = std::move(**report);
    return document;
  }
  if (auto linter = read_linter_json(*root)) {
    if (!*linter) return std::nullopt;
    document.diagnostics = std::move(**linter);
    return document;
  }
  if (!root->is_object() || !root->contains("runs")) return std::nullopt;
  auto sarif = read_sarif(value);
  if (!sarif) return std::nullopt;
  document.diagnostics = std::move(*sarif);
  return document;
}

std::optional<Document> read_xml(std::string_view text, std::size_t begin) {
  std::size_t end = std::string_view::npos;
  for (const std::string_view close : {"</testsuites>", "</testsuite>", "</Catch>", "</Catch2TestRun>"}) {
    const std::size_t at = text.rfind(close);
    if (at == std::string_view::npos || at < begin) continue;
    end = at + close.size();
    break;
  }
  if (end == std::string_view::npos) return std::nullopt;
  auto read = read_junit(text.substr(begin, end - begin));
  if (!read) return std::nullopt;
  Document document;
  document.report = std::move(*read);
  document.rest = without(text, begin, end);
  return document;
}

}  // namespace

std::optional<Document> find_document(std::string_view text) {
  if (text.size() > kMaxReportBytes) return std::nullopt;
  int tried = 0;
  for (const std::string_view line : lines_of(text)) {
    const bool is_json = line.starts_with('{') || line.starts_with('[');
    const bool is_xml = line.starts_with("<?xml") || line.starts_with("<testsuite");
    if (!is_json && !is_xml) continue;
    if (++tried > kMostTried) return std::nullopt;
    const auto begin = static_cast<std::size_t>(line.data() - text.data());
    if (auto document = is_json ? read_json(text, begin) : read_xml(text, begin)) return document;
  }
  return std::nullopt;
}

}  // namespace autofix::problems
