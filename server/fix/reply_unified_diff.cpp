// Unified diffs as models write them: line counts and numbers are not believed, hunks are located by content.
#include <algorithm>
#include <charconv>

#include "server/fix/reply.h"
#include "server/fix/reply_text.h"

namespace autofix::fix {
namespace {

/// `a/x` of `--- a/x<TAB>time`.
std::string header_path(std::string_view line) {
  line = line.substr(0, line.find('\t'));
  line = trimmed_text(line);
  if (line.size() > 2 && line.starts_with('"') && line.ends_with('"')) line = line.substr(1, line.size() - 2);
  return std::string(line);
}

/// Drops git's `a/` and `b/` where both sides have them.
void strip_prefixes(std::string& before, std::string& after) {
  const bool marked_before = before.starts_with("a/") || before == "/dev/null";
  const bool marked_after = after.starts_with("b/") || after == "/dev/null";
  if (!marked_before || !marked_after) return;
  for (std::string* path : {&before, &after}) {
    if (*path != "/dev/null") path->erase(0, 2);
  }
}

std::optional<std::size_t> old_line(std::string_view header) {
  const std::size_t minus = header.find('-');
  if (minus == std::string_view::npos) return std::nullopt;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(header.data() + minus + 1, header.data() + header.size(), number);
  if (error != std::errc() || number == 0) return std::nullopt;
  return number - 1;
}

void drop_line_ending(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

class DiffReader {
 public:
  explicit DiffReader(std::vector<ReplyLine> lines) : lines_(std::move(lines)) {
    reply_.form = ReplyForm::unified_diff;
  }

  ParsedForm read() {
    for (at_ = 0; at_ < lines_.size();) {
      if (line().starts_with("diff --git ")) {
        rename_from_.clear();
        ++at_;
      } else if (line().starts_with("rename from ")) {
        rename_from_ = trimmed_text(line().substr(12));
        ++at_;
      } else if (line().starts_with("rename to ") && !rename_from_.empty()) {
        ReplyEdit move;
        move.path = rename_from_;
        move.kind = ReplyEdit::Kind::rename;
        move.new_path = trimmed_text(line().substr(10));
        renames_.push_back(std::move(move));
        ++at_;
      } else if (at_file_header()) {
        if (!read_file()) return tl::expected<Reply, ReplyError>(tl::unexpected(ReplyError{error_}));
      } else {
        ++at_;
      }
    }
    // Moves come last, so that the hunks find the file under its old name.
    for (ReplyEdit& move : renames_) reply_.edits.push_back(std::move(move));
    if (!found_) return std::nullopt;
    return tl::expected<Reply, ReplyError>(std::move(reply_));
  }

 private:
  std::string_view line() const { return lines_[at_].text; }

  bool header_at(std::size_t at) const {
    return at + 1 < lines_.size() && lines_[at].text.starts_with("--- ") &&
           lines_[at + 1].text.starts_with("+++ ") &&
           (at + 2 >= lines_.size() || lines_[at + 2].text.starts_with("@@") ||
            trimmed_text(lines_[at + 2].text).empty() || fence_info(lines_[at + 2].text));
  }
  bool at_file_header() const { return header_at(at_); }

  bool fail(std::string what) {
    error_ = std::move(what);
    return false;
  }

  bool read_file() {
    found_ = true;
    std::string before = header_path(line().substr(4));
    std::string after = header_path(lines_[at_ + 1].text.substr(4));
    strip_prefixes(before, after);
    at_ += 2;
    const bool creates = before == "/dev/null";
    const bool removes = after == "/dev/null";
    const std::string path = creates ? after : before;
    std::size_t hunks = 0;
    while (at_ < lines_.size() && line().starts_with("@@")) {
      ReplyEdit edit;
      edit.path = path;
      edit.line_hint = old_line(line());
      ++at_;
      const bool changes = read_hunk(edit);
      ++hunks;
      if (creates) edit.kind = ReplyEdit::Kind::create;
      if (removes) continue;
      if (!changes) return fail("a hunk of " + path + " changes nothing");
      if (edit.search.empty() && !creates)
        return fail("a hunk of " + path + " adds lines without saying where");
      reply_.edits.push_back(std::move(edit));
    }
    if (removes) {
      ReplyEdit edit;
      edit.path = path;
      edit.kind = ReplyEdit::Kind::remove;
      reply_.edits.push_back(std::move(edit));
    } else if (hunks == 0) {
      return fail("the diff of " + path + " has no hunk: it was cut off");
    }
    return true;
  }

  /// True when the hunk changes anything.
  bool read_hunk(ReplyEdit& edit) {
    bool changes = false;
    std::size_t blank_tail = 0;  // bytes of blank context at the end that may be prose's spacing
    char last = ' ';
    for (; at_ < lines_.size(); ++at_) {
      const std::string_view text = line();
      const std::string_view full = lines_[at_].full;
      if (text.starts_with("@@") || text.starts_with("diff --git ") || header_at(at_)) break;
      if (text.starts_with('\\')) {
        if (last != '+') drop_line_ending(edit.search);
        if (last != '-') drop_line_ending(edit.replace);
        continue;
      }
      if (text.empty()) {
        edit.search += full;
        edit.replace += full;
        blank_tail += full.size();
        continue;
      }
      if (text[0] != ' ' && text[0] != '-' && text[0] != '+') break;
      last = text[0];
      blank_tail = 0;
      changes = changes || last != ' ';
      if (last != '+') edit.search += full.substr(1);
      if (last != '-') edit.replace += full.substr(1);
    }
    edit.search.resize(edit.search.size() - std::min(blank_tail, edit.search.size()));
    edit.replace.resize(edit.replace.size() - std::min(blank_tail, edit.replace.size()));
    return changes;
  }

  std::vector<ReplyLine> lines_;
  std::size_t at_ = 0;
  Reply reply_;
  std::vector<ReplyEdit> renames_;
  std::string rename_from_;
  bool found_ = false;
  std::string error_;
};

}  // namespace

ParsedForm parse_unified_diff(std::string_view text) {
  return DiffReader(reply_lines(text)).read();
}

}  // namespace autofix::fix
