// One fence that holds a whole file: only where nothing else is in the reply, and only for a file that was
// given whole.
#include <algorithm>
#include <array>

#include "server/fix/reply.h"
#include "server/fix/reply_text.h"

namespace autofix::fix {
namespace {

/// What models write where they leave lines out.
constexpr std::array kElisions = {"rest of the file",  "rest of file",        "rest of the code",
                                  "existing code",     "unchanged code",      "remains the same",
                                  "remains unchanged", "omitted for brevity", "previous code"};

bool is_elision(std::string_view line) {
  line = trimmed_text(line);
  if (line == "..." || line == "…" || line == "# ..." || line == "// ...") return true;
  const bool comment = line.starts_with('#') || line.starts_with("//") || line.starts_with("/*") ||
                       line.starts_with("--") || line.starts_with("<!--") || line.starts_with("...");
  return comment && std::ranges::any_of(
                        kElisions, [&](const char* words) { return line.find(words) != std::string::npos; });
}

}  // namespace

ParsedForm parse_whole_file(std::string_view text, const std::vector<std::string>& whole_paths) {
  const std::vector<ReplyLine> lines = reply_lines(text);
  std::vector<std::size_t> fences;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (fence_info(lines[at].text)) fences.push_back(at);
  }
  if (fences.empty() || whole_paths.empty()) return std::nullopt;
  if (fences.size() == 1) {
    return tl::expected<Reply, ReplyError>(
        tl::unexpected(ReplyError{"the code fence is not closed: it was cut off"}));
  }
  if (fences.size() != 2) return std::nullopt;

  std::string path = path_in_fence_info(*fence_info(lines[fences[0]].text));
  for (std::size_t at = fences[0]; path.empty() && at > 0;) {
    const std::string_view above = trimmed_text(lines[--at].text);
    if (above.empty()) continue;
    path = path_in_line(above);
    break;
  }
  if (path.empty() && whole_paths.size() == 1) path = whole_paths.front();
  if (std::ranges::find(whole_paths, path) == whole_paths.end()) return std::nullopt;
  for (std::size_t at = fences[0] + 1; at < fences[1]; ++at) {
    if (is_elision(lines[at].text)) {
      return tl::expected<Reply, ReplyError>(tl::unexpected(
          ReplyError{"the file was given with parts left out: answer with SEARCH/REPLACE blocks"}));
    }
  }
  ReplyEdit edit;
  edit.path = path;
  edit.kind = ReplyEdit::Kind::whole_file;
  edit.replace = joined_lines(lines, fences[0] + 1, fences[1]);
  if (trimmed_text(edit.replace).empty()) {
    return tl::expected<Reply, ReplyError>(tl::unexpected(ReplyError{"the code fence is empty"}));
  }
  Reply reply;
  reply.form = ReplyForm::whole_file;
  reply.edits.push_back(std::move(edit));
  return tl::expected<Reply, ReplyError>(std::move(reply));
}

}  // namespace autofix::fix
