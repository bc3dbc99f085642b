// SEARCH/REPLACE blocks: a path, then `<<<<<<< SEARCH`, old lines, `=======`, new lines, `>>>>>>> REPLACE`.
#include <algorithm>

#include "server/fix/reply.h"
#include "server/fix/reply_text.h"

namespace autofix::fix {
namespace {

/// The rest of the line behind five to nine of `mark`; models miscount.
std::optional<std::string_view> behind_marks(std::string_view line, char mark) {
  line = trimmed_text(line);
  const std::size_t count = std::min(line.find_first_not_of(mark), line.size());
  if (count < 5 || count > 9) return std::nullopt;
  return trimmed_text(line.substr(count));
}

/// The line's path if it is a search marker, possibly empty.
std::optional<std::string> search_marker(std::string_view line) {
  auto rest = behind_marks(line, '<');
  if (!rest || !(rest->starts_with("SEARCH") || rest->starts_with("ORIGINAL"))) return std::nullopt;
  const std::size_t space = rest->find(' ');
  return space == std::string_view::npos ? std::string() : path_in_line(rest->substr(space));
}

bool is_divider(std::string_view line) {
  const auto rest = behind_marks(line, '=');
  return rest && rest->empty();
}

bool is_replace_marker(std::string_view line) {
  const auto rest = behind_marks(line, '>');
  return rest && (rest->starts_with("REPLACE") || rest->starts_with("UPDATED"));
}

/// Looks upwards from a search marker for the path; blank lines and the fence's opening stand between.
std::string path_above(const std::vector<ReplyLine>& lines, std::size_t marker, std::size_t floor) {
  for (std::size_t at = marker; at > floor;) {
    const std::string_view line = lines[--at].text;
    if (trimmed_text(line).empty()) continue;
    if (const auto info = fence_info(line)) {
      if (std::string path = path_in_fence_info(*info); !path.empty()) return path;
      continue;
    }
    return path_in_line(line);
  }
  return {};
}

tl::expected<Reply, ReplyError> broken(std::string what) {
  return tl::unexpected(ReplyError{std::move(what)});
}

}  // namespace

ParsedForm parse_blocks(std::string_view text) {
  const std::vector<ReplyLine> lines = reply_lines(text);
  Reply reply;
  reply.form = ReplyForm::blocks;
  std::string path;
  std::size_t floor = 0;
  bool stray_end = false;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto marked_path = search_marker(lines[at].text);
    if (!marked_path) {
      stray_end = stray_end || is_replace_marker(lines[at].text);
      continue;
    }
    const std::string number = std::to_string(reply.edits.size() + 1);
    std::string own = marked_path->empty() ? path_above(lines, at, floor) : *marked_path;
    if (!own.empty()) path = std::move(own);
    if (path.empty()) return broken("block " + number + " has no line with a path above it");

    std::size_t divider = 0;
    std::size_t end = at + 1;
    for (; end < lines.size() && !is_replace_marker(lines[end].text); ++end) {
      if (search_marker(lines[end].text)) {
        return broken("block " + number + " is not closed by >>>>>>> REPLACE before the next one begins");
      }
      if (!is_divider(lines[end].text)) continue;
      if (divider != 0) return broken("block " + number + " has more than one ======= line");
      divider = end;
    }
    if (end == lines.size()) {
      return broken("the reply ends inside block " + number + ": there is no >>>>>>> REPLACE");
    }
    if (divider == 0)
      return broken("block " + number + " has no ======= line between the old and the new lines");

    ReplyEdit edit;
    edit.path = path;
    edit.search = joined_lines(lines, at + 1, divider);
    edit.replace = joined_lines(lines, divider + 1, end);
    if (edit.search.empty()) edit.kind = ReplyEdit::Kind::create;
    reply.edits.push_back(std::move(edit));
    at = end;
    floor = end + 1;
  }
  if (!reply.edits.empty()) return reply;
  if (stray_end) return broken("there is a >>>>>>> REPLACE line without a <<<<<<< SEARCH line before it");
  return std::nullopt;
}

}  // namespace autofix::fix
