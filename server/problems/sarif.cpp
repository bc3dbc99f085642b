// SARIF 2.1.0 (OASIS): the results of static analysers. Section numbers are the standard's.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "server/problems/file_uri.h"
#include "server/problems/json_shape.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"
#include "server/text/json.h"
#include "server/text/utf8.h"

namespace autofix::problems {
namespace {

using nlohmann::json;

/// Flows through a whole program can have thousands of steps; the first ones tell the story.
constexpr std::size_t kMaxRelated = 64;
/// Bytes of files and names of artifacts that are looked through, in one run, for regions that say only an
/// offset.
constexpr std::size_t kMostLooks = 256'000'000;
constexpr std::size_t kLookAtName = 256;

struct Run {
  const json& value;
  std::string tool;
  text::PositionEncoding encoding = text::PositionEncoding::utf16;
  std::unordered_map<std::string_view, const json*> rules;  ///< by their ids
  std::size_t looks = kMostLooks;                           ///< left
};

/// The element of `values` that `parent[key]` names by number, else an empty object.
const json& indexed(const json& parent, const char* key, const json& values, JsonShape& shape) {
  static const json kNone = json::object();
  const json* index = JsonShape::find(parent, key);
  // -1 is the default and means absent.
  if (index == nullptr || (index->is_number_integer() && *index == -1)) return kNone;
  const std::optional<std::uint32_t> number = shape.number(parent, key);
  if (!number || *number >= values.size()) return kNone;
  return shape.as_object(values[*number], key);
}

/// The rule's descriptor, 3.27.7 and 3.49.
const json& rule_of(const Run& run, const json& result, JsonShape& shape) {
  const json& rules = shape.array(shape.object(shape.object(run.value, "tool"), "driver"), "rules");
  const json& by_index = indexed(result, "ruleIndex", rules, shape);
  if (!by_index.empty()) return by_index;
  const json& reference = shape.object(result, "rule");
  const json& by_reference = indexed(reference, "index", rules, shape);
  if (!by_reference.empty()) return by_reference;
  const json* id = JsonShape::find(result, "ruleId");
  if (id != nullptr && id->is_string()) {
    const auto rule = run.rules.find(id->get_ref<const std::string&>());
    if (rule != run.rules.end()) return *rule->second;
  }
  return by_reference;
}

/// `{0}` replaced by the first argument, 3.11.5.
std::string with_arguments(const std::string& text, const json& arguments) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t close = text[at] == '{' ? text.find('}', at) : std::string::npos;
    if (close != std::string::npos && close > at + 1 && close < at + 6) {
      std::string_view digits = std::string_view(text).substr(at + 1, close - at - 1);
      const std::optional<std::uint32_t> number = take_number(digits);
      if (number && digits.empty() && *number < arguments.size() && arguments[*number].is_string()) {
        result += arguments[*number].get_ref<const std::string&>();
        at = close;
        continue;
      }
    }
    result += text[at];
  }
  return result;
}

/// 3.11: the text itself, or a reference to one of the rule's message strings.
std::string read_message(const json& parent, const json& rule, JsonShape& shape) {
  const json& message = shape.object(parent, "message");
  const json& arguments = shape.array(message, "arguments");
  std::optional<std::string> text = shape.string(message, "text");
  if (!text) text = shape.string(message, "markdown");
  if (const auto id = text ? std::nullopt : shape.string(message, "id")) {
    text = shape.string(shape.object(shape.object(rule, "messageStrings"), id->c_str()), "text");
    if (!text) text = *id;
  }
  return printable(with_arguments(text.value_or(""), arguments));
}

/// 3.14.14: what `uri` is relative to, by the run's bases, each of which may be relative to another.
std::string with_bases(const Run& run, const json* location, std::string uri, JsonShape& shape) {
  constexpr int kMostBases = 8;
  const json& bases = shape.object(run.value, "originalUriBaseIds");
  for (int level = 0; level < kMostBases && !uri.starts_with("file:"); ++level) {
    const auto base = shape.string(*location, "uriBaseId");
    if (!base) break;
    location = &shape.object(bases, base->c_str());
    std::string prefix = shape.string(*location, "uri").value_or("");
    if (prefix.empty()) continue;
    if (!prefix.ends_with('/')) prefix += '/';
    uri = prefix + uri;
  }
  return uri;
}

/// 3.4: a URI, perhaps relative to a base, perhaps kept in run.artifacts.
std::string read_path(const Run& run, const json& physical, JsonShape& shape) {
  const json* location = &shape.object(physical, "artifactLocation");
  std::optional<std::string> uri = shape.string(*location, "uri");
  if (!uri) {
    const json& artifact = indexed(*location, "index", shape.array(run.value, "artifacts"), shape);
    location = &shape.object(artifact, "location");
    uri = shape.string(*location, "uri");
  }
  if (!uri) return "";
  return path_of_uri(with_bases(run, location, *uri, shape));
}

/// The text of the file that a location is in, where the report carries it (3.24.8); else nothing.
std::string_view contents_of(Run& run, const json& physical, JsonShape& shape) {
  const json& location = shape.object(physical, "artifactLocation");
  const json& artifacts = shape.array(run.value, "artifacts");
  const json* artifact = &indexed(location, "index", artifacts, shape);
  if (artifact->empty()) {
    const json* uri = JsonShape::find(location, "uri");
    for (std::size_t n = 0; uri != nullptr && n < artifacts.size() && run.looks >= kLookAtName; ++n) {
      run.looks -= kLookAtName;
      const json* other = JsonShape::find(shape.object(artifacts[n], "location"), "uri");
      if (other != nullptr && *other == *uri) artifact = &artifacts[n];
    }
  }
  const json* text = JsonShape::find(shape.object(*artifact, "contents"), "text");
  return text != nullptr && text->is_string() ? std::string_view(text->get_ref<const std::string&>())
                                              : std::string_view();
}

/// The position behind `count` units of a text. Characters are counted as the run's columns are.
text::Position position_after(Run& run, std::string_view contents, std::uint32_t count, bool bytes) {
  text::Position position;
  std::uint32_t passed = 0;
  for (std::size_t at = 0; at < contents.size() && passed < count && run.looks > 0; --run.looks) {
    const std::size_t length = std::max<std::size_t>(text::utf8_length(contents, at), 1);
    const std::uint32_t units = run.encoding == text::PositionEncoding::utf16 && length == 4 ? 2 : 1;
    passed += bytes ? static_cast<std::uint32_t>(length) : units;
    if (contents[at] == '\n') {
      ++position.line;
      position.character = 0;
    } else {
      position.character += units;
    }
    at += length;
  }
  return position;
}

/// 3.30: lines and columns count from 1; the end column is behind the last character. A region that says only
/// its offset has a place where the report carries the file.
text::Range read_region(Run& run, const json& physical, const json& region, JsonShape& shape) {
  const std::optional<std::uint32_t> start_line = shape.number(region, "startLine");
  if (!start_line) {
    const bool bytes = JsonShape::find(region, "byteOffset") != nullptr;
    const json* offset = JsonShape::find(region, bytes ? "byteOffset" : "charOffset");
    // -1 is the default and means absent.
    if (offset == nullptr || (offset->is_number_integer() && *offset == -1)) return {};
    const std::uint32_t begin = shape.number(region, bytes ? "byteOffset" : "charOffset").value_or(0);
    const std::uint32_t length = shape.number(region, bytes ? "byteLength" : "charLength").value_or(0);
    const std::string_view contents = contents_of(run, physical, shape);
    return {position_after(run, contents, begin, bytes),
            position_after(run, contents, begin + length, bytes)};
  }
  const std::optional<std::uint32_t> start_column = shape.number(region, "startColumn");
  const std::optional<std::uint32_t> end_line = shape.number(region, "endLine");
  const std::optional<std::uint32_t> end_column = shape.number(region, "endColumn");
  text::Range range;
  range.start = {zero_based(*start_line), zero_based(start_column.value_or(1))};
  range.end = range.start;
  if (end_column) {
    const text::Position end{zero_based(end_line.value_or(*start_line)), zero_based(*end_column)};
    if (end > range.start) range.end = end;
  }
  return range;
}

text::Range read_region(Run& run, const json& physical, JsonShape& shape) {
  return read_region(run, physical, shape.object(physical, "region"), shape);
}

/// 3.55: the first fix, if it is one replacement in the problem's own file.
void read_fix(Run& run, const json& result, Problem& problem, JsonShape& shape) {
  const json& fixes = shape.array(result, "fixes");
  if (fixes.empty()) return;
  const json& changes = shape.array(shape.as_object(fixes.front(), "a fix"), "artifactChanges");
  if (changes.size() != 1) return;
  const json& change = shape.as_object(changes.front(), "a change");
  const json& replacements = shape.array(change, "replacements");
  if (replacements.size() != 1 || read_path(run, change, shape) != problem.path) return;
  const json& replacement = shape.as_object(replacements.front(), "a replacement");
  const json& deleted = shape.object(replacement, "deletedRegion");
  problem.suggested =
      SuggestedEdit{read_region(run, change, deleted, shape),
                    shape.string(shape.object(replacement, "insertedContent"), "text").value_or("")};
}

void add_related(Run& run, const json& location, const json& rule, Problem& problem, JsonShape& shape) {
  const json& physical = shape.object(location, "physicalLocation");
  if (physical.empty() || problem.related.size() >= kMaxRelated) return;
  problem.related.push_back({read_path(run, physical, shape), read_region(run, physical, shape),
                             read_message(location, rule, shape)});
}

Severity read_severity(const json& result, const json& rule, JsonShape& shape) {
  std::optional<std::string> level = shape.string(result, "level");
  if (!level) level = shape.string(shape.object(rule, "defaultConfiguration"), "level");
  if (!level) return Severity::warning;  // 3.27.10
  if (*level == "error") return Severity::error;
  if (*level == "warning") return Severity::warning;
  return Severity::information;  // note
}

/// Whether the result says that something is wrong now: not one that passed (3.27.9, 3.27.10), was suppressed
/// (3.27.23) or is gone since the baseline (3.27.24).
bool is_problem(const json& result, JsonShape& shape) {
  const std::string kind = shape.string(result, "kind").value_or("fail");
  if (kind == "pass" || kind == "notApplicable" || kind == "informational") return false;
  if (shape.string(result, "level").value_or("") == "none") return false;
  if (shape.string(result, "baselineState").value_or("") == "absent") return false;
  for (const json& suppression : shape.array(result, "suppressions")) {
    const std::string status =
        shape.string(shape.as_object(suppression, "a suppression"), "status").value_or("accepted");
    if (status == "accepted") return false;
  }
  return true;
}

Problem read_result(Run& run, const json& result, JsonShape& shape) {
  const json& rule = rule_of(run, result, shape);
  Problem problem;
  problem.source = run.tool;
  problem.encoding = run.encoding;
  problem.message = read_message(result, rule, shape);
  problem.severity = read_severity(result, rule, shape);
  std::optional<std::string> id = shape.string(result, "ruleId");
  if (!id) id = shape.string(shape.object(result, "rule"), "id");
  if (!id) id = shape.string(rule, "id");
  problem.code = printable(id.value_or(""));

  const json& locations = shape.array(result, "locations");
  for (std::size_t n = 0; n < locations.size(); ++n) {
    const json& location = shape.as_object(locations[n], "a location");
    if (n > 0) {
      add_related(run, location, rule, problem, shape);
      continue;
    }
    const json& physical = shape.object(location, "physicalLocation");
    problem.path = read_path(run, physical, shape);
    problem.range = read_region(run, physical, shape);
  }
  for (const json& location : shape.array(result, "relatedLocations")) {
    add_related(run, shape.as_object(location, "a related location"), rule, problem, shape);
  }
  for (const json& flow : shape.array(result, "codeFlows")) {
    for (const json& thread : shape.array(flow, "threadFlows")) {
      for (const json& step : shape.array(thread, "locations")) {
        add_related(run, shape.object(step, "location"), rule, problem, shape);
      }
    }
  }
  read_fix(run, result, problem, shape);
  return problem;
}

/// 3.20.21: a file that a tool could not read is no result of it.
void read_notifications(Run& run, Problems& problems, JsonShape& shape) {
  for (const json& invocation : shape.array(run.value, "invocations")) {
    for (const char* list : {"toolExecutionNotifications", "toolConfigurationNotifications"}) {
      for (const json& notification : shape.array(invocation, list)) {
        const json& value = shape.as_object(notification, "a notification");
        if (shape.string(value, "level").value_or("") != "error" || shape.array(value, "locations").empty())
          continue;
        problems.push_back(read_result(run, value, shape));
        problems.back().code = printable(shape.string(shape.object(value, "descriptor"), "id").value_or(""));
      }
    }
  }
}

void read_run(const json& value, std::size_t number, Problems& problems, JsonShape& shape) {
  const std::string place = "run " + std::to_string(number + 1);
  shape.enter(place);
  Run run{shape.as_object(value, "the run"), "", text::PositionEncoding::utf16, {}, kMostLooks};
  for (const json& rule : shape.array(shape.object(shape.object(run.value, "tool"), "driver"), "rules")) {
    const json* id = JsonShape::find(rule, "id");
    if (id != nullptr && id->is_string()) run.rules.try_emplace(id->get_ref<const std::string&>(), &rule);
  }
  run.tool = printable(
      shape.string(shape.object(shape.object(run.value, "tool"), "driver"), "name").value_or("sarif"));
  if (shape.string(run.value, "columnKind").value_or("") == "unicodeCodePoints") {
    run.encoding = text::PositionEncoding::utf32;
  }
  const json& results = shape.array(run.value, "results");
  for (std::size_t n = 0; n < results.size() && shape.ok(); ++n) {
    shape.enter(place + ", result " + std::to_string(n + 1));
    const json& result = shape.as_object(results[n], "the result");
    if (is_problem(result, shape)) problems.push_back(read_result(run, result, shape));
  }
  read_notifications(run, problems, shape);
}

}  // namespace

Read read_sarif(std::string_view text) {
  if (text.size() > kMaxReportBytes) return tl::unexpected(ReadError{"the report is larger than 64 MB"});
  const tl::expected<json, std::string> log = text::parse_json(text);
  if (!log) return tl::unexpected(ReadError{"SARIF: " + log.error()});
  JsonShape shape;
  const json& root = shape.as_object(*log, "the report");
  if (shape.ok() && JsonShape::find(root, "runs") == nullptr) shape.fail("no runs");
  const std::string version = shape.string(root, "version").value_or("2.1.0");
  if (!version.starts_with("2.")) shape.fail("version " + printable(version) + " is not supported, 2.1.0 is");
  Problems problems;
  const json& runs = shape.array(root, "runs");
  for (std::size_t n = 0; n < runs.size() && shape.ok(); ++n) read_run(runs[n], n, problems, shape);
  if (!shape.ok()) return tl::unexpected(ReadError{"SARIF: " + shape.error()});
  return problems;
}

}  // namespace autofix::problems
