// JSON edits: {"analysis": "…", "edits": [{"path": "…", "search": "…", "replace": "…"}]}, alone, fenced or
// with prose around it.
#include <nlohmann/json.hpp>

#include "server/fix/reply.h"
#include "server/fix/reply_text.h"
#include "server/text/json.h"

namespace autofix::fix {
namespace {

using nlohmann::json;

/// The end of the balanced value that begins at `begin` with a brace; npos when the text ends inside it.
std::size_t balanced_end(std::string_view text, std::size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

/// The text where the object with the edits begins, if there is one: a brace whose first member is named.
std::optional<std::size_t> object_begin(std::string_view text) {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::size_t next = text.find_first_not_of(" \t\r\n", at + 1);
    if (next == std::string_view::npos || text[next] != '"') continue;
    const std::string_view rest = text.substr(next);
    if (rest.starts_with("\"analysis\"") || rest.starts_with("\"edits\"")) return at;
    // Another member first: believed when the edits are named further on.
    if (rest.find("\"edits\"") != std::string_view::npos &&
        rest.find("\"search\"") != std::string_view::npos) {
      return at;
    }
  }
  return std::nullopt;
}

tl::expected<Reply, ReplyError> broken(std::string what) {
  return tl::unexpected(ReplyError{std::move(what)});
}

tl::expected<Reply, ReplyError> read(const json& value) {
  Reply reply;
  reply.form = ReplyForm::json;
  if (const auto analysis = value.find("analysis"); analysis != value.end() && analysis->is_string()) {
    reply.summary = first_sentence(analysis->get_ref<const std::string&>());
  }
  const auto edits = value.find("edits");
  if (edits == value.end() || !edits->is_array()) return broken("the JSON object has no array \"edits\"");
  for (const json& item : *edits) {
    const std::string place = "edit " + std::to_string(reply.edits.size() + 1);
    ReplyEdit edit;
    for (const auto& [name, target] : {std::pair<const char*, std::string*>{"path", &edit.path},
                                       {"search", &edit.search},
                                       {"replace", &edit.replace}}) {
      const auto member = item.is_object() ? item.find(name) : item.end();
      if (!item.is_object() || member == item.end() || !member->is_string()) {
        return broken(place + " has no string \"" + name + "\"");
      }
      *target = member->get<std::string>();
    }
    if (edit.search.empty()) edit.kind = ReplyEdit::Kind::create;
    reply.edits.push_back(std::move(edit));
  }
  if (reply.edits.empty()) return broken("\"edits\" is empty");
  return reply;
}

}  // namespace

ParsedForm parse_json_edits(std::string_view text) {
  const std::optional<std::size_t> begin = object_begin(text);
  if (!begin) {
    const std::string_view content = trimmed_text(text);
    if (!content.starts_with('{') && !content.starts_with('[')) return std::nullopt;
    if (!text::parse_json(content)) return std::nullopt;
    return broken("the JSON value is not an object with the array \"edits\"");
  }
  const std::size_t end = balanced_end(text, *begin);
  if (end == std::string_view::npos) return broken("the JSON object ends too early: it was cut off");
  auto value = text::parse_json(text.substr(*begin, end - *begin));
  if (!value) return broken("the reply is not valid JSON: " + value.error());
  return read(*value);
}

}  // namespace autofix::fix
