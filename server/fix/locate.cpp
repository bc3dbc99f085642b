#include "server/fix/locate.h"

#include <algorithm>
#include <map>

#include "server/fix/check_patch.h"
#include "server/fix/line_match.h"
#include "server/text/line_diff.h"
#include "server/text/line_ending.h"

namespace autofix::fix {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kShownLines = 6;

tl::unexpected<LocateError> error_of(const std::string& path, std::string message) {
  return tl::unexpected(LocateError{path, std::move(message)});
}

std::size_t line_of(const TextLines& file, std::size_t offset) {
  const auto after = std::ranges::upper_bound(file.begins, offset);
  return static_cast<std::size_t>(after - file.begins.begin()) - 1;
}

std::string line_list(const std::vector<std::size_t>& lines) {
  std::string out;
  const std::size_t shown = std::min<std::size_t>(lines.size(), 5);
  for (std::size_t at = 0; at < shown; ++at) {
    if (at > 0) out += at + 1 == lines.size() ? " and " : ", ";
    out += std::to_string(lines[at] + 1);
  }
  return shown < lines.size() ? out + ", …" : out;
}

std::string ambiguous(const std::vector<std::size_t>& lines) {
  return "the search text stands at lines " + line_list(lines) +
         "; add lines around it until it occurs only once";
}

std::string missing(const TextLines& file, const TextLines& search) {
  std::string message = "the search text is not in the file";
  const auto near = nearest_line(file, search);
  if (!near) return message + "; copy it from the file character for character";
  message += "; the nearest lines are:";
  const std::size_t last = std::min(file.lines.size(), *near + std::max(search.lines.size(), kShownLines));
  for (std::size_t line = *near; line < last && line < *near + 20; ++line) {
    message += "\n" + std::string(file.lines[line].substr(0, 300));
  }
  return message;
}

/// Among several places, the one that the edit's hints name beyond doubt.
std::optional<std::size_t> chosen(const std::vector<std::size_t>& places, const TextLines& file,
                                  std::size_t count, const ReplyEdit& edit) {
  if (places.size() == 1) return places.front();
  if (edit.at_end_of_file && !places.empty() && places.back() + count == file.lines.size())
    return places.back();
  if (!edit.section_hint.empty()) {
    std::vector<std::size_t> sections;
    const std::string wanted = collapsed(edit.section_hint);
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      if (collapsed(file.lines[line]) == wanted) sections.push_back(line);
    }
    if (sections.size() == 1) {
      const auto after = std::ranges::lower_bound(places, sections.front());
      if (after != places.end()) return *after;
    }
  }
  if (edit.line_hint && std::ranges::find(places, *edit.line_hint) != places.end()) return edit.line_hint;
  return std::nullopt;
}

/// The search without the blank lines that models put around it; the replacement loses as many.
struct Trimmed {
  std::string search;
  std::string replace;
};

std::optional<Trimmed> without_blank_ends(const TextLines& search, const TextLines& replace) {
  std::size_t head = 0;
  while (head < search.lines.size() && is_blank(search.lines[head])) ++head;
  std::size_t tail = 0;
  while (tail + head < search.lines.size() && is_blank(search.lines[search.lines.size() - 1 - tail])) ++tail;
  if (head + tail == 0 || head == search.lines.size()) return std::nullopt;
  Trimmed trimmed;
  for (std::size_t at = head; at + tail < search.lines.size(); ++at) trimmed.search += search.full(at);
  std::size_t first = 0;
  while (first < head && first < replace.lines.size() && is_blank(replace.lines[first])) ++first;
  std::size_t last = replace.lines.size();
  for (std::size_t cut = 0; cut < tail && last > first && is_blank(replace.lines[last - 1]); ++cut) --last;
  for (std::size_t at = first; at < last; ++at) trimmed.replace += replace.full(at);
  return trimmed;
}

Located at_lines(const TextLines& file, std::size_t first, std::size_t count, std::string replacement,
                 Rung rung) {
  return {{file.begins[first], file.begins[first + count]}, std::move(replacement), rung};
}

/// A search inside a line, or from inside one line to inside another. Only for texts that do not end a line:
/// JSON edits have such.
tl::expected<std::optional<Located>, LocateError> locate_inside_lines(const TextLines& file,
                                                                      const ReplyEdit& edit) {
  const text::LineEnding ending = text::dominant_line_ending(file.source);
  const std::string wanted = text::with_line_ending(edit.search, ending);
  std::vector<std::size_t> places;
  for (std::size_t at = file.source.find(wanted); at != std::string_view::npos;
       at = file.source.find(wanted, at + 1)) {
    places.push_back(at);
  }
  if (places.empty()) return std::optional<Located>();
  if (places.size() > 1) {
    std::vector<std::size_t> lines;
    for (const std::size_t place : places) lines.push_back(line_of(file, place));
    return error_of(edit.path, ambiguous(lines));
  }
  return std::optional<Located>(Located{{places.front(), places.front() + wanted.size()},
                                        text::with_line_ending(edit.replace, ending),
                                        Rung::exact});
}

/// Only a diff says that a final newline comes or goes on purpose.
void follow_final_newline(const TextLines& file, const ReplyEdit& edit, Located& located) {
  if (!edit.line_hint || located.span.end != file.source.size() || edit.replace.empty()) return;
  const bool had = edit.search.ends_with('\n');
  const bool has = edit.replace.ends_with('\n');
  std::string& text = located.replacement;
  if (had && !has && text.ends_with('\n')) {
    text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
  } else if (!had && has && !text.ends_with('\n')) {
    text += text::line_ending_bytes(text::dominant_line_ending(file.source));
  }
}

/// One pass over the rungs: a place, an ambiguity, or nothing.
tl::expected<std::optional<Located>, LocateError> climb(const TextLines& file, const ReplyEdit& edit,
                                                        const TextLines& search,
                                                        const TextLines& replacement) {
  const std::size_t count = search.lines.size();
  for (const Rung rung : {Rung::exact, Rung::trailing_whitespace, Rung::indentation, Rung::whitespace}) {
    const std::vector<std::size_t> places = find_lines(file, search, rung);
    if (!places.empty()) {
      const auto first = chosen(places, file, count, edit);
      if (!first) return error_of(edit.path, ambiguous(places));
      auto text = rebuild(file, *first, search, replacement, rung);
      return std::optional<Located>(at_lines(file, *first, count, std::move(*text), rung));
    }
    if (rung == Rung::exact && !edit.search.ends_with('\n')) {
      auto inside = locate_inside_lines(file, edit);
      if (!inside || *inside) return inside;
    }
  }
  return std::optional<Located>();
}

}  // namespace

tl::expected<Located, LocateError> locate_edit(std::string_view text, const ReplyEdit& edit) {
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const TextLines file(text.substr(skipped));
  const auto shifted = [&](Located located) {
    located.span.begin += skipped;
    located.span.end += skipped;
    return located;
  };
  if (edit.search.empty()) {
    if (!edit.at_end_of_file) return error_of(edit.path, "the search text is empty and the file is not");
    const std::string_view ending = text::line_ending_bytes(text::dominant_line_ending(text));
    std::string added = text::with_line_ending(edit.replace, text::dominant_line_ending(text));
    if (!text.empty() && !text.ends_with('\n')) added.insert(0, ending);
    return Located{{text.size(), text.size()}, std::move(added), Rung::exact};
  }
  const TextLines search(edit.search);
  const TextLines replacement(edit.replace);
  auto found = climb(file, edit, search, replacement);
  if (!found) return tl::unexpected(found.error());
  if (!*found) {
    if (const auto trimmed = without_blank_ends(search, replacement)) {
      const TextLines fewer(trimmed->search);
      const TextLines fewer_new(trimmed->replace);
      found = climb(file, edit, fewer, fewer_new);
      if (!found) return tl::unexpected(found.error());
    }
  }
  if (*found) {
    follow_final_newline(file, edit, **found);
    return shifted(std::move(**found));
  }
  if (const auto first = find_fuzzy(file, search)) {
    if (auto rebuilt = rebuild(file, *first, search, replacement, Rung::fuzzy)) {
      return shifted(at_lines(file, *first, search.lines.size(), std::move(*rebuilt), Rung::fuzzy));
    }
  }
  return error_of(edit.path, missing(file, search));
}

namespace {

/// A file of the reply while its edits are laid over it one after the other.
struct Working {
  bool existed = false;
  std::string before;
  std::string after;
  ChangeKind kind = ChangeKind::modify;
  std::string new_path;
};

/// `after` with the line endings of `before`: each line that stays keeps its own, new ones get the usual one.
std::string with_endings_of(std::string_view before, std::string_view after) {
  const TextLines old_lines(before);
  const TextLines new_lines(after);
  std::string text;
  std::size_t next_old = 0;
  std::size_t next_new = 0;
  const std::string_view usual = text::line_ending_bytes(text::dominant_line_ending(before));
  const auto add_new = [&](std::size_t line) {
    text += new_lines.lines[line];
    if (new_lines.full(line).size() > new_lines.lines[line].size()) text += usual;
  };
  const auto keep_until = [&](std::size_t old_end) {
    for (; next_old < old_end; ++next_old, ++next_new) {
      const bool ends = new_lines.full(next_new).size() > new_lines.lines[next_new].size();
      const std::string_view whole = old_lines.full(next_old);
      // The last line of either text may have no ending.
      if (ends && whole.size() == old_lines.lines[next_old].size()) {
        add_new(next_new);
      } else {
        text += ends ? whole : old_lines.lines[next_old];
      }
    }
  };
  for (const text::LineChange& change : text::diff_lines(old_lines.lines, new_lines.lines)) {
    keep_until(change.before_begin);
    for (next_new = change.after_begin; next_new < change.after_end; ++next_new) add_new(next_new);
    next_old = change.before_end;
  }
  keep_until(old_lines.lines.size());
  return text;
}

std::optional<LocateError> whole_file(const ReplyEdit& edit, Working& file) {
  if (!file.existed) return LocateError{edit.path, "does not exist"};
  std::string text = with_endings_of(file.before, edit.replace);
  if (file.before.starts_with(kByteOrderMark) && !text.starts_with(kByteOrderMark))
    text.insert(0, kByteOrderMark);
  const bool newline = file.before.ends_with('\n') || file.before.ends_with('\r');
  if (!newline && !file.before.empty()) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
  }
  file.after = std::move(text);
  return std::nullopt;
}

std::optional<LocateError> lay_over(const ReplyEdit& edit, Working& file) {
  switch (edit.kind) {
    case ReplyEdit::Kind::create:
      if (!file.after.empty()) {
        return LocateError{edit.path,
                           "exists already and is not empty: an empty search text only creates files"};
      }
      file.after = edit.replace;
      if (!file.existed) file.kind = ChangeKind::create;
      return std::nullopt;
    case ReplyEdit::Kind::whole_file:
      return whole_file(edit, file);
    case ReplyEdit::Kind::exact_text:
      if (!file.existed) return LocateError{edit.path, "does not exist"};
      file.after = edit.replace;
      return std::nullopt;
    case ReplyEdit::Kind::remove:
      if (!file.existed) return LocateError{edit.path, "does not exist, so it cannot be deleted"};
      file.kind = ChangeKind::remove;
      file.after.clear();
      return std::nullopt;
    case ReplyEdit::Kind::rename:
      if (!file.existed) return LocateError{edit.path, "does not exist, so it cannot be moved"};
      file.kind = ChangeKind::rename;
      file.new_path = normalized_path(edit.new_path);
      if (file.new_path.empty()) return LocateError{edit.path, "the new path lies outside the project"};
      return std::nullopt;
    case ReplyEdit::Kind::replace:
      break;
  }
  if (!file.existed && file.kind != ChangeKind::create) return LocateError{edit.path, "does not exist"};
  auto located = locate_edit(file.after, edit);
  if (!located) {
    if (file.after != file.before && locate_edit(file.before, edit)) {
      return LocateError{edit.path, "two edits change the same lines: make one edit of them"};
    }
    return located.error();
  }
  file.after.replace(located->span.begin, located->span.end - located->span.begin, located->replacement);
  return std::nullopt;
}

std::optional<FileChange> change_of(const std::string& path, Working file) {
  if (file.kind == ChangeKind::modify && file.before == file.after) return std::nullopt;
  FileChange change;
  change.path = path;
  change.kind = file.kind;
  change.before = std::move(file.before);
  change.after = std::move(file.after);
  change.new_path = std::move(file.new_path);
  if (change.kind != ChangeKind::remove) change.edits = text::minimal_edits(change.before, change.after);
  return change;
}

/// A path that is not there: often the model only dropped the folders before it.
std::string not_found(const std::string& path, const ProjectFiles& files) {
  std::string like;
  for (const std::string& known : files.list()) {
    if (!known.ends_with("/" + path)) continue;
    if (!like.empty()) return "does not exist";
    like = known;
  }
  return like.empty() ? "does not exist" : "does not exist; there is " + like;
}

}  // namespace

tl::expected<Patch, std::vector<LocateError>> locate(const Reply& reply, const ProjectFiles& files) {
  std::map<std::string, Working> working;
  std::vector<LocateError> errors;
  for (ReplyEdit edit : reply.edits) {
    const bool adds_at_end = edit.at_end_of_file && files.exists(normalized_path(edit.path));
    if (edit.kind == ReplyEdit::Kind::replace && edit.search.empty() && !adds_at_end) {
      edit.kind = ReplyEdit::Kind::create;
    }
    const std::string path = normalized_path(edit.path);
    if (path.empty()) {
      errors.push_back({edit.path, "is no path inside the project"});
      continue;
    }
    auto entry = working.find(path);
    if (entry == working.end()) {
      Working file;
      if (auto text = files.read(path)) {
        file.existed = true;
        file.before = *text;
        file.after = std::move(*text);
      } else if (text.error().kind != FileError::Kind::not_found) {
        errors.push_back({path, text.error().message});
        continue;
      } else if (edit.kind != ReplyEdit::Kind::create) {
        errors.push_back({path, not_found(path, files)});
        continue;
      }
      entry = working.emplace(path, std::move(file)).first;
    }
    if (auto error = lay_over(edit, entry->second)) {
      error->path = path;
      errors.push_back(std::move(*error));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  Patch patch;
  std::string unchanged;
  for (auto& [path, file] : working) {
    if (auto change = change_of(path, std::move(file))) {
      patch.files.push_back(std::move(*change));
    } else {
      unchanged = path;
    }
  }
  if (patch.files.empty()) {
    return tl::unexpected(
        std::vector{LocateError{unchanged, "the replacement is what stands there already"}});
  }
  return patch;
}

}  // namespace autofix::fix
