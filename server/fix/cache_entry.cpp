#include "server/fix/cache_entry.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "providers/digest.h"
#include "server/fix/prompt.h"
#include "server/text/json.h"
#include "server/text/line_index.h"

namespace autofix::fix {
namespace {

using nlohmann::json;

constexpr std::size_t kMostLines = 40;
constexpr std::string_view kOwnFile = "problem-file:";

/// The problems' files without repetition, in the problems' order.
std::vector<std::string> own_files(const FixRequest& request) {
  std::vector<std::string> files;
  for (const problems::Problem& problem : request.problems) {
    if (!problem.path.empty() && std::ranges::find(files, problem.path) == files.end()) {
      files.push_back(problem.path);
    }
  }
  return files;
}

std::string trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1));
}

/// The problem's lines without indentation: code that moved into another block is still the same code.
std::string own_lines(const std::string& text, const text::Range& range) {
  std::string lines;
  std::size_t at = 0;
  for (std::size_t number = 0; at < text.size() && number <= range.end.line; ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (number >= range.start.line && number - range.start.line < kMostLines) {
      lines += trimmed(std::string_view(text).substr(at, end - at)) + "\n";
    }
    at = end + 1;
  }
  return lines;
}

std::string language_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(path.substr(dot + 1));
}

std::string replaced_path(const std::string& path, const std::vector<std::string>& files) {
  const auto own = std::ranges::find(files, path);
  if (own == files.end()) return path;
  return std::string(kOwnFile) + std::to_string(own - files.begin());
}

std::optional<std::string> restored_path(const std::string& path, const std::vector<std::string>& files) {
  if (!path.starts_with(kOwnFile)) return path;
  const std::string number = path.substr(kOwnFile.size());
  for (std::size_t at = 0; at < files.size(); ++at) {
    if (std::to_string(at) == number) return files[at];
  }
  return std::nullopt;
}

bool is_text(const json& object, const char* name) {
  return object.contains(name) && object[name].is_string();
}

}  // namespace

std::string model_family(std::string_view model) {
  std::string_view name = model.substr(model.rfind('/') + 1);  // npos + 1 is 0
  std::string family;
  while (!name.empty()) {
    const std::size_t dash = name.find('-');
    const std::string_view part = name.substr(0, dash);
    const auto digit = std::ranges::find_if(part, [](unsigned char c) { return std::isdigit(c) != 0; });
    const std::string_view word(part.begin(), digit);
    if (!word.empty()) family += (family.empty() ? "" : "-") + std::string(word);
    if (digit != part.end() || dash == std::string_view::npos) break;
    name.remove_prefix(dash + 1);
  }
  std::ranges::transform(family, family.begin(), [](unsigned char c) { return std::tolower(c); });
  return family.empty() ? std::string(model) : family;
}

std::vector<std::string> cache_keys(const FixRequest& request, const std::vector<std::string>& families) {
  json problems = json::array();
  for (const problems::Problem& problem : request.problems) {
    if (problem.path.empty()) return {};
    const auto text = request.files->read(problem.path);
    if (!text) return {};
    const std::string lines = own_lines(*text, problem.range);
    if (lines.find_first_not_of('\n') == std::string::npos) return {};
    const bool is_test = problem.test.has_value();
    problems.push_back({normalised_message(problem.message, problem.path), problem.source, problem.code,
                        lines, language_of(problem.path), is_test ? problem.test->name : ""});
  }
  std::vector<std::string> keys;
  const auto replace = json::error_handler_t::replace;
  for (const std::string& family : families) {
    const json all = {kPromptVersion, family, problems};
    keys.push_back(providers::sha256_hex(all.dump(-1, ' ', false, replace)));
  }
  return keys;
}

std::string write_cached_reply(const Reply& reply, const FixRequest& request) {
  const std::vector<std::string> files = own_files(request);
  json edits = json::array();
  for (const ReplyEdit& edit : reply.edits) {
    const bool creates = edit.kind == ReplyEdit::Kind::create;
    if (edit.kind != ReplyEdit::Kind::replace && !creates) return {};
    json item = {{"path", replaced_path(request.files->relative(edit.path), files)},
                 {"search", edit.search},
                 {"replace", edit.replace}};
    if (creates) item["create"] = true;
    if (!edit.section_hint.empty()) item["section"] = edit.section_hint;
    edits.push_back(std::move(item));
  }
  return text::dump_json({{"summary", reply.summary}, {"edits", std::move(edits)}}, -1);
}

std::optional<Reply> read_cached_reply(std::string_view text, const FixRequest& request) {
  const json body = json::parse(text.begin(), text.end(), nullptr, false);
  if (!body.is_object() || !is_text(body, "summary") || !body.contains("edits") ||
      !body["edits"].is_array()) {
    return std::nullopt;
  }
  const std::vector<std::string> files = own_files(request);
  Reply reply;
  reply.summary = body["summary"].get<std::string>();
  for (const json& item : body["edits"]) {
    if (!item.is_object() || !is_text(item, "path") || !is_text(item, "search") ||
        !is_text(item, "replace")) {
      return std::nullopt;
    }
    ReplyEdit edit;
    auto path = restored_path(item["path"].get<std::string>(), files);
    if (!path) return std::nullopt;
    edit.path = std::move(*path);
    edit.search = item["search"].get<std::string>();
    edit.replace = item["replace"].get<std::string>();
    if (item.contains("create")) edit.kind = ReplyEdit::Kind::create;
    if (is_text(item, "section")) edit.section_hint = item["section"].get<std::string>();
    reply.edits.push_back(std::move(edit));
  }
  if (reply.edits.empty()) return std::nullopt;
  return reply;
}

}  // namespace autofix::fix
