// The `*** Begin Patch` envelope: Add, Update, Delete and Move of files, hunks located by their content.
#include "server/fix/reply.h"
#include "server/fix/reply_text.h"

namespace autofix::fix {
namespace {

bool take(std::string_view& line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return false;
  line.remove_prefix(prefix.size());
  line = trimmed_text(line);
  return true;
}

class Envelope {
 public:
  explicit Envelope(std::vector<ReplyLine> lines) : lines_(std::move(lines)) {
    reply_.form = ReplyForm::begin_patch;
  }

  tl::expected<Reply, ReplyError> read(std::size_t begin) {
    for (at_ = begin; at_ < lines_.size();) {
      std::string_view line = trimmed_text(lines_[at_].text);
      ++at_;
      if (line == "*** End Patch") return std::move(reply_);
      if (line.empty()) continue;
      bool known = true;
      if (take(line, "*** Add File:")) {
        known = add(line);
      } else if (take(line, "*** Delete File:")) {
        known = remove(line);
      } else if (take(line, "*** Update File:")) {
        known = update(line);
      } else {
        fail("unknown line in the patch: " + std::string(line.substr(0, 80)));
      }
      if (!known || !error_.empty()) return tl::unexpected(ReplyError{error_});
    }
    return tl::unexpected(ReplyError{"the patch has no *** End Patch line: it was cut off"});
  }

 private:
  bool fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
    return false;
  }
  bool at_header() const { return at_ < lines_.size() && lines_[at_].text.starts_with("*** "); }

  bool add(std::string_view path) {
    ReplyEdit edit;
    edit.path = path;
    edit.kind = ReplyEdit::Kind::create;
    for (; at_ < lines_.size() && !at_header(); ++at_) {
      if (!lines_[at_].text.starts_with('+')) {
        if (trimmed_text(lines_[at_].text).empty()) continue;
        return fail("every line of an added file begins with +: " + std::string(path));
      }
      edit.replace += lines_[at_].full.substr(1);
    }
    reply_.edits.push_back(std::move(edit));
    return true;
  }

  bool remove(std::string_view path) {
    ReplyEdit edit;
    edit.path = path;
    edit.kind = ReplyEdit::Kind::remove;
    reply_.edits.push_back(std::move(edit));
    return true;
  }

  bool update(std::string_view path) {
    std::string new_path;
    if (at_ < lines_.size()) {
      std::string_view line = lines_[at_].text;
      if (take(line, "*** Move to:")) {
        new_path = line;
        ++at_;
      }
    }
    ReplyEdit hunk;
    hunk.path = path;
    std::string section;
    while (at_ < lines_.size()) {
      std::string_view line = lines_[at_].text;
      if (line == "*** End of File") {
        hunk.at_end_of_file = true;
        ++at_;
        continue;
      }
      if (at_header()) break;
      ++at_;
      if (line.starts_with("@@")) {
        if (!close(hunk, section)) return false;
        line.remove_prefix(2);
        line = trimmed_text(line);
        if (line.ends_with("@@")) line.remove_suffix(2);
        section = trimmed_text(line);
        continue;
      }
      const std::string_view full = lines_[at_ - 1].full;
      if (line.empty()) {
        hunk.search += full;
        hunk.replace += full;
      } else if (line[0] == ' ') {
        hunk.search += full.substr(1);
        hunk.replace += full.substr(1);
      } else if (line[0] == '-') {
        hunk.search += full.substr(1);
      } else if (line[0] == '+') {
        hunk.replace += full.substr(1);
      } else {
        return fail("a line of a hunk begins with a space, + or -: " + std::string(line.substr(0, 80)));
      }
    }
    if (!close(hunk, section)) return false;
    if (!new_path.empty()) {
      ReplyEdit move;
      move.path = path;
      move.kind = ReplyEdit::Kind::rename;
      move.new_path = std::move(new_path);
      reply_.edits.push_back(std::move(move));
    }
    return true;
  }

  /// Ends a hunk; one without lines is only a section line on the way to the next.
  bool close(ReplyEdit& hunk, const std::string& section) {
    if (hunk.search.empty() && hunk.replace.empty()) return true;
    if (hunk.search.empty() && !hunk.at_end_of_file) {
      if (section.empty()) return fail("a hunk of " + hunk.path + " adds lines without saying where");
      hunk.search = section + "\n";
      hunk.replace = section + "\n" + hunk.replace;
    } else {
      hunk.section_hint = section;
    }
    const std::string path = hunk.path;
    reply_.edits.push_back(std::move(hunk));
    hunk = ReplyEdit();
    hunk.path = path;
    return true;
  }

  std::vector<ReplyLine> lines_;
  std::size_t at_ = 0;
  Reply reply_;
  std::string error_;
};

}  // namespace

ParsedForm parse_begin_patch(std::string_view text) {
  std::vector<ReplyLine> lines = reply_lines(text);
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (trimmed_text(lines[at].text) == "*** Begin Patch") return Envelope(std::move(lines)).read(at + 1);
  }
  return std::nullopt;
}

}  // namespace autofix::fix
