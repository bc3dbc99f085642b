// A compiler that knows the right name says so: `did you mean 'length'?`. Also rustc's "a local variable with
// a similar name exists" and the pair `.` and `->`.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "server/problems/text_scan.h"
#include "server/repair/rule.h"
#include "server/repair/source_text.h"

namespace autofix::repair {

namespace {

constexpr std::array<std::string_view, 4> kMarkers = {
    "id you mean to call", "id you mean", "similar name exists", "similar name exists in the module"};

/// `name`, `ns::name`, `this.name`: what may stand in a name's place.
bool is_name(std::string_view text) {
  if (text.empty()) return false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && is_word_byte(text[at])) continue;
    if (at > begin && !is_identifier(text.substr(begin, at - begin))) return false;
    if (at < text.size() && text[at] != ':' && text[at] != '.') return false;
    begin = at + 1;
  }
  return is_word_byte(text.back());
}

std::string_view suggestion_of(std::string_view message) {
  for (const std::string_view marker : kMarkers) {
    const std::string_view name = name_after(message, marker);
    if (is_name(name)) return name;
  }
  return {};
}

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, same}));
    }
  }
  return row.back();
}

/// Of the names that the message puts into quotes the one that is most like the right one: the others say
/// where it was looked for, as `module 'os' has no attribute 'pth'` does. Empty when two are equally like it.
std::string_view misspelt(const std::vector<std::string_view>& names, std::string_view right) {
  const std::size_t part = right.find_last_of(":.");
  const std::string_view last = part == std::string_view::npos ? right : right.substr(part + 1);
  std::string_view best;
  std::size_t least = std::string_view::npos;
  for (const std::string_view name : names) {
    if (name == right || !is_identifier(name) || name == best) continue;
    const std::size_t apart = distance(name, last);
    if (apart == least) best = {};
    if (apart < least) {
      least = apart;
      best = name;
    }
  }
  return best;
}

/// The span of the wrong name on the place's line; nothing when it is not the only one.
std::optional<text::ByteSpan> span_of(const Place& place, std::string_view name) {
  const std::string_view line = place.line_text();
  const std::vector<std::size_t> found = find_words(line, name);
  if (place.exact) {
    for (const std::size_t at : found) {
      const std::size_t begin = place.line.begin + at;
      if (begin <= place.at.begin && place.at.begin < begin + name.size()) {
        return text::ByteSpan{begin, begin + name.size()};
      }
    }
  }
  if (found.size() != 1) return std::nullopt;
  const std::size_t begin = place.line.begin + found.front();
  return text::ByteSpan{begin, begin + name.size()};
}

std::optional<Repair> member_operator(const Subject& subject) {
  const std::string_view message = subject.problem.message;
  const bool arrow = problems::contains(message, "did you mean to use '->'") ||
                     problems::contains(message, "(maybe you meant to use \u2018->\u2019 ?)");
  const bool dot = problems::contains(message, "did you mean to use '.'");
  if (arrow == dot || subject.places.empty()) return std::nullopt;
  const Place& place = subject.places.front();
  const std::string_view wrong = arrow ? "." : "->";
  // clang points at the operator, gcc at the member behind it.
  std::size_t at = place.at.begin;
  const std::string_view text = place.text;
  if (text.substr(at, wrong.size()) != wrong) {
    if (at < wrong.size() || text.substr(at - wrong.size(), wrong.size()) != wrong) return std::nullopt;
    at -= wrong.size();
  }
  const std::string right = arrow ? "->" : ".";
  return Repair{"member-operator",
                place.path,
                {{at, at + wrong.size(), right}},
                "The member is reached with `" + right + "`."};
}

}  // namespace

std::optional<Repair> did_you_mean(const Subject& subject) {
  if (auto repair = member_operator(subject)) return repair;
  std::string_view right;
  std::string_view spoken;
  for (const std::string& message : subject.messages) {
    const std::string_view name = suggestion_of(message);
    if (name.empty()) continue;
    if (!right.empty() && name != right) return std::nullopt;
    right = name;
    spoken = message;
  }
  if (right.empty()) return std::nullopt;
  // rustc puts the wrong name into the problem's own message, the suggestion into a note.
  std::vector<std::string_view> wrong = quoted_names(spoken.substr(0, spoken.find("id you mean")));
  const std::vector<std::string_view> own = quoted_names(subject.problem.message);
  wrong.insert(wrong.end(), own.begin(), own.end());
  const std::string_view name = misspelt(wrong, right);
  if (name.empty()) return std::nullopt;
  for (const Place& place : subject.places) {
    if (const auto span = span_of(place, name)) {
      return Repair{"did-you-mean",
                    place.path,
                    {{span->begin, span->end, std::string(right)}},
                    "`" + std::string(name) + "` should be `" + std::string(right) + "`."};
    }
  }
  return std::nullopt;
}

}  // namespace autofix::repair
