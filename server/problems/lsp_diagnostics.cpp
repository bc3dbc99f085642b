// Diagnostics in the form of LSP 3.17, "Diagnostic": one, or a JSON array of them.
#include <nlohmann/json.hpp>
#include <utility>

#include "server/problems/file_uri.h"
#include "server/problems/json_shape.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"
#include "server/text/json.h"

namespace autofix::problems {
namespace {

using nlohmann::json;

text::Position read_position(const json& range, const char* key, JsonShape& shape) {
  const json& position = shape.object(range, key);
  const std::optional<std::uint32_t> line = shape.number(position, "line");
  const std::optional<std::uint32_t> character = shape.number(position, "character");
  if (!line || !character) shape.fail(std::string("range.") + key + " lacks line or character");
  return {line.value_or(0), character.value_or(0)};
}

text::Range read_range(const json& parent, JsonShape& shape) {
  const json& range = shape.object(parent, "range");
  const text::Position start = read_position(range, "start", shape);
  return {start, read_position(range, "end", shape)};
}

/// A string, or since LSP 3.18 MarkupContent.
std::string read_message(const json& diagnostic, JsonShape& shape) {
  const json* message = JsonShape::find(diagnostic, "message");
  std::optional<std::string> text;
  if (message != nullptr && message->is_object()) {
    text = shape.string(*message, "value");
  } else {
    text = shape.string(diagnostic, "message");
  }
  if (!text) shape.fail("message is missing");
  return printable(text.value_or(""));
}

std::string read_code(const json& diagnostic, JsonShape& shape) {
  const json* code = JsonShape::find(diagnostic, "code");
  if (code == nullptr) return "";
  if (code->is_string()) return printable(code->get_ref<const std::string&>());
  if (code->is_number_integer()) return code->dump();
  // What VS Code's own API has, and some glue passes on: {value, target}.
  if (code->is_object() && code->contains("value")) {
    const json& value = (*code)["value"];
    if (value.is_string()) return printable(value.get_ref<const std::string&>());
    if (value.is_number_integer()) return value.dump();
  }
  shape.fail("code is neither a string nor a whole number");
  return "";
}

Problem read_one(const json& diagnostic, std::string path, text::PositionEncoding encoding,
                 JsonShape& shape) {
  Problem problem;
  problem.path = std::move(path);
  problem.encoding = encoding;
  problem.range = read_range(diagnostic, shape);
  problem.message = read_message(diagnostic, shape);
  problem.code = read_code(diagnostic, shape);
  problem.source = printable(shape.string(diagnostic, "source").value_or(""));
  // A missing severity counts as an error (CONTRACT.md, "Code actions").
  const std::uint32_t severity = shape.number(diagnostic, "severity").value_or(1);
  if (severity < 1 || severity > 4) shape.fail("severity is not 1, 2, 3 or 4");
  problem.severity = static_cast<Severity>(severity);
  for (const json& element : shape.array(diagnostic, "relatedInformation")) {
    const json& related = shape.as_object(element, "relatedInformation's element");
    const json& location = shape.object(related, "location");
    RelatedLocation place;
    place.path = path_of_uri(shape.string(location, "uri").value_or(""));
    place.range = read_range(location, shape);
    place.message = printable(shape.string(related, "message").value_or(""));
    problem.related.push_back(std::move(place));
  }
  return problem;
}

/// `uri` or `path` of an element; nothing where it has neither.
std::optional<std::string> read_path(const json& element, JsonShape& shape) {
  if (const auto uri = shape.string(element, "uri")) return path_of_uri(*uri);
  return shape.string(element, "path");
}

/// An element is a diagnostic with its place, or what publishDiagnostics carries: a place and diagnostics.
void read_element(const json& element, Problems& problems, JsonShape& shape) {
  const std::optional<std::string> path = read_path(element, shape);
  if (!path) {
    shape.fail("neither uri nor path");
    return;
  }
  if (JsonShape::find(element, "diagnostics") == nullptr) {
    problems.push_back(read_one(element, *path, text::PositionEncoding::utf16, shape));
    return;
  }
  for (const json& diagnostic : shape.array(element, "diagnostics")) {
    problems.push_back(
        read_one(shape.as_object(diagnostic, "a diagnostic"), *path, text::PositionEncoding::utf16, shape));
  }
}

}  // namespace

tl::expected<Problem, ReadError> read_lsp_diagnostic(const nlohmann::json& diagnostic, std::string path,
                                                     text::PositionEncoding encoding) {
  JsonShape shape;
  Problem problem = read_one(shape.as_object(diagnostic, "a diagnostic"), std::move(path), encoding, shape);
  if (!shape.ok()) return tl::unexpected(ReadError{"diagnostic: " + shape.error()});
  return problem;
}

Read read_diagnostics_json(std::string_view text) {
  if (text.size() > kMaxReportBytes) return tl::unexpected(ReadError{"the report is larger than 64 MB"});
  const tl::expected<json, std::string> value = text::parse_json(text);
  if (!value) return tl::unexpected(ReadError{"diagnostics: " + value.error()});
  if (!value->is_array() && !value->is_object()) {
    return tl::unexpected(ReadError{"diagnostics: the JSON is no array of diagnostics"});
  }
  Problems problems;
  JsonShape shape;
  if (value->is_object()) {
    read_element(*value, problems, shape);
  } else {
    for (std::size_t n = 0; n < value->size() && shape.ok(); ++n) {
      shape.enter("diagnostic " + std::to_string(n + 1));
      read_element(shape.as_object((*value)[n], "the element"), problems, shape);
    }
  }
  if (!shape.ok()) return tl::unexpected(ReadError{"diagnostics: " + shape.error()});
  return problems;
}

}  // namespace autofix::problems
