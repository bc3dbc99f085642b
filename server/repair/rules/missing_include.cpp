// A name of the standard library without its header. The compiler's own hint wins, then the table.
#include <algorithm>
#include <array>

#include "server/problems/text_scan.h"
#include "server/repair/rule.h"
#include "server/repair/source_text.h"

namespace autofix::repair {

namespace {

struct Header {
  std::string_view name;  ///< of C++'s, without `std::`; sorted
  std::string_view header;
};

// Where ISO C++ declares it (cppreference.com, "Symbol Index"); only names with one natural home.
constexpr auto kStd = std::to_array<Header>({
    {"accumulate", "numeric"},
    {"all_of", "algorithm"},
    {"any", "any"},
    {"any_of", "algorithm"},
    {"array", "array"},
    {"async", "future"},
    {"atomic", "atomic"},
    {"bind", "functional"},
    {"bitset", "bitset"},
    {"byte", "cstddef"},
    {"cerr", "iostream"},
    {"cin", "iostream"},
    {"clamp", "algorithm"},
    {"condition_variable", "condition_variable"},
    {"copy_if", "algorithm"},
    {"count_if", "algorithm"},
    {"cout", "iostream"},
    {"deque", "deque"},
    {"endl", "ostream"},
    {"filesystem", "filesystem"},
    {"find_if", "algorithm"},
    {"for_each", "algorithm"},
    {"forward_list", "forward_list"},
    {"from_chars", "charconv"},
    {"function", "functional"},
    {"future", "future"},
    {"gcd", "numeric"},
    {"ifstream", "fstream"},
    {"iota", "numeric"},
    {"istringstream", "sstream"},
    {"jthread", "thread"},
    {"lcm", "numeric"},
    {"list", "list"},
    {"lock_guard", "mutex"},
    {"make_shared", "memory"},
    {"make_unique", "memory"},
    {"map", "map"},
    {"max_element", "algorithm"},
    {"min_element", "algorithm"},
    {"mt19937", "random"},
    {"multimap", "map"},
    {"multiset", "set"},
    {"mutex", "mutex"},
    {"none_of", "algorithm"},
    {"nullopt", "optional"},
    {"numeric_limits", "limits"},
    {"ofstream", "fstream"},
    {"optional", "optional"},
    {"ostringstream", "sstream"},
    {"out_of_range", "stdexcept"},
    {"priority_queue", "queue"},
    {"promise", "future"},
    {"queue", "queue"},
    {"random_device", "random"},
    {"ranges", "ranges"},
    {"reduce", "numeric"},
    {"regex", "regex"},
    {"runtime_error", "stdexcept"},
    {"scoped_lock", "mutex"},
    {"set", "set"},
    {"setprecision", "iomanip"},
    {"setw", "iomanip"},
    {"shared_mutex", "shared_mutex"},
    {"shared_ptr", "memory"},
    {"sort", "algorithm"},
    {"span", "span"},
    {"stable_sort", "algorithm"},
    {"stack", "stack"},
    {"stop_token", "stop_token"},
    {"string", "string"},
    {"string_view", "string_view"},
    {"stringstream", "sstream"},
    {"thread", "thread"},
    {"to_chars", "charconv"},
    {"to_string", "string"},
    {"transform", "algorithm"},
    {"tuple", "tuple"},
    {"unique_lock", "mutex"},
    {"unique_ptr", "memory"},
    {"unordered_map", "unordered_map"},
    {"unordered_set", "unordered_set"},
    {"variant", "variant"},
    {"vector", "vector"},
    {"visit", "variant"},
    {"weak_ptr", "memory"},
});

// Names of C's library: header in C, header in C++.
struct CHeader {
  std::string_view name;
  std::string_view c;
  std::string_view cpp;
};
constexpr auto kC = std::to_array<CHeader>({
    {"INT_MAX", "limits.h", "climits"},  {"INT_MIN", "limits.h", "climits"},
    {"abort", "stdlib.h", "cstdlib"},    {"assert", "assert.h", "cassert"},
    {"atoi", "stdlib.h", "cstdlib"},     {"bool", "stdbool.h", ""},
    {"calloc", "stdlib.h", "cstdlib"},   {"errno", "errno.h", "cerrno"},
    {"exit", "stdlib.h", "cstdlib"},     {"fopen", "stdio.h", "cstdio"},
    {"fprintf", "stdio.h", "cstdio"},    {"free", "stdlib.h", "cstdlib"},
    {"getenv", "stdlib.h", "cstdlib"},   {"int16_t", "stdint.h", "cstdint"},
    {"int32_t", "stdint.h", "cstdint"},  {"int64_t", "stdint.h", "cstdint"},
    {"int8_t", "stdint.h", "cstdint"},   {"isdigit", "ctype.h", "cctype"},
    {"isspace", "ctype.h", "cctype"},    {"malloc", "stdlib.h", "cstdlib"},
    {"memcmp", "string.h", "cstring"},   {"memcpy", "string.h", "cstring"},
    {"memset", "string.h", "cstring"},   {"printf", "stdio.h", "cstdio"},
    {"puts", "stdio.h", "cstdio"},       {"realloc", "stdlib.h", "cstdlib"},
    {"signal", "signal.h", "csignal"},   {"snprintf", "stdio.h", "cstdio"},
    {"sqrt", "math.h", "cmath"},         {"strcmp", "string.h", "cstring"},
    {"strerror", "string.h", "cstring"}, {"strlen", "string.h", "cstring"},
    {"strncmp", "string.h", "cstring"},  {"strtol", "stdlib.h", "cstdlib"},
    {"time", "time.h", "ctime"},         {"uint16_t", "stdint.h", "cstdint"},
    {"uint32_t", "stdint.h", "cstdint"}, {"uint64_t", "stdint.h", "cstdint"},
    {"uint8_t", "stdint.h", "cstdint"},  {"uintptr_t", "stdint.h", "cstdint"},
});

/// `<vector>` from "did you forget to ‘#include <vector>’", "include the header <string.h>".
std::string_view hinted_header(const std::vector<std::string>& messages) {
  constexpr std::array<std::string_view, 2> kMarkers = {"#include <", "include the header <"};
  for (const std::string_view message : messages) {
    for (const std::string_view marker : kMarkers) {
      const std::size_t at = message.find(marker);
      if (at == std::string_view::npos) continue;
      const std::size_t begin = at + marker.size();
      const std::size_t end = message.find('>', begin);
      if (end != std::string_view::npos) return message.substr(begin, end - begin);
    }
  }
  return {};
}

bool speaks_of_missing_name(std::string_view message) {
  constexpr std::array<std::string_view, 10> kPhrases = {"was not declared in this scope",
                                                         "is not a member of",
                                                         "no member named",
                                                         "use of undeclared identifier",
                                                         "unknown type name",
                                                         "does not name a",
                                                         "No header providing",
                                                         "implicit declaration of function",
                                                         "call to undeclared",
                                                         "implicit instantiation of undefined template"};
  return std::any_of(kPhrases.begin(), kPhrases.end(),
                     [&](std::string_view phrase) { return problems::contains(message, phrase); });
}

/// A qualified name at the place: `std::` right before the word.
bool is_qualified_with_std(const Place& place, std::string_view name) {
  const std::string_view line = place.line_text();
  const std::string qualified = "std::" + std::string(name);
  return !find_words(line, qualified).empty();
}

std::string_view table_header(const Place& place, std::string_view message) {
  if (!speaks_of_missing_name(message)) return {};
  const bool c = language_of(place.path) == Language::c;
  // The first name is the missing one, others say where it was looked for.
  const std::vector<std::string_view> names = quoted_names(message);
  if (names.empty()) return {};
  std::string_view name = names.front();
  const bool spelled = problems::take_prefix(name, "std::");
  name = name.substr(0, name.find('<'));
  if (!c && (spelled || is_qualified_with_std(place, name))) {
    const auto found =
        std::lower_bound(kStd.begin(), kStd.end(), name,
                         [](const Header& entry, std::string_view key) { return entry.name < key; });
    if (found != kStd.end() && found->name == name) return found->header;
  }
  const auto found =
      std::find_if(kC.begin(), kC.end(), [&](const CHeader& entry) { return entry.name == name; });
  if (found == kC.end()) return {};
  return c ? found->c : found->cpp;
}

struct IncludeLine {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< behind its line ending
  std::string_view header;
  bool angled = false;
};

/// What stands at the head of the file: includes outside conditions, and where the first one could go.
struct Head {
  std::vector<IncludeLine> includes;
  std::size_t first_place = 0;
};

std::string_view directive_of(std::string_view line) {
  line = problems::trimmed(line);
  if (!problems::take_prefix(line, "#")) return {};
  return problems::trimmed(line);
}

Head head_of(std::string_view text) {
  const std::vector<bool> code = code_bytes(text);
  Head head;
  int depth = 0;
  bool guard = false;
  bool guard_possible = true;
  bool code_seen = false;
  std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  head.first_place = at;
  while (at < text.size()) {
    const std::size_t line_end = std::min(text.find_first_of("\r\n", at), text.size());
    std::size_t next = line_end;
    if (next < text.size()) next += text.substr(next, 2) == "\r\n" ? 2 : 1;
    const std::string_view line = text.substr(at, line_end - at);
    std::string_view directive = code[at] ? directive_of(line) : std::string_view();
    if (directive.starts_with("if")) {
      if (guard_possible && directive.starts_with("ifndef")) {
        guard = true;
      } else {
        ++depth;
      }
      guard_possible = false;
    } else if (directive.starts_with("endif")) {
      if (depth > 0) --depth;
    } else if (directive.starts_with("define") && guard && head.includes.empty() && depth == 0 &&
               !code_seen) {
      head.first_place = next;
    } else if (directive.starts_with("pragma once")) {
      head.first_place = next;
    } else if (problems::take_prefix(directive, "include") && depth == 0) {
      directive = problems::trimmed(directive);
      const bool angled = directive.starts_with('<');
      const std::size_t close =
          directive.size() > 1 ? directive.find(angled ? '>' : '"', 1) : std::string_view::npos;
      if (close != std::string_view::npos) {
        head.includes.push_back({at, next, directive.substr(1, close - 1), angled});
      }
    } else if (!problems::trimmed(line).empty()) {
      bool any_code = false;
      for (std::size_t byte = at; byte < line_end; ++byte)
        any_code = any_code || (code[byte] && line[byte - at] != ' ');
      if (any_code) {
        code_seen = true;
        guard_possible = false;
      } else if (head.includes.empty() && !code_seen && head.first_place == at) {
        head.first_place = next;  // the comment at the top stays at the top
      }
    }
    at = next;
  }
  return head;
}

}  // namespace

std::optional<Repair> missing_include(const Subject& subject) {
  if (subject.places.empty()) return std::nullopt;
  const Place& place = subject.places.front();
  const Language language = language_of(place.path);
  if (language != Language::c && language != Language::cpp) return std::nullopt;
  std::string_view header = hinted_header(subject.messages);
  if (header.empty()) header = table_header(place, subject.problem.message);
  if (header.empty()) return std::nullopt;

  const std::string_view text = place.text;
  const Head head = head_of(text);
  const auto same = [&](const IncludeLine& line) { return line.header == header; };
  if (std::any_of(head.includes.begin(), head.includes.end(), same)) return std::nullopt;
  const std::string_view ending = ending_of(text);
  std::string line = "#include <" + std::string(header) + ">";
  std::size_t at = head.first_place;
  // Into the first run of angled includes at its alphabetic place, else behind the last include.
  const auto angled = std::find_if(head.includes.begin(), head.includes.end(),
                                   [](const IncludeLine& include) { return include.angled; });
  if (angled != head.includes.end()) {
    auto last = angled;
    auto before = angled->header < header ? head.includes.end() : angled;
    while (std::next(last) != head.includes.end() && std::next(last)->angled &&
           std::next(last)->begin == last->end) {
      ++last;
      if (before == head.includes.end() && !(last->header < header)) before = last;
    }
    at = before == head.includes.end() ? last->end : before->begin;
    line =
        at == text.size() && !text.ends_with('\n') ? std::string(ending) + line : line + std::string(ending);
  } else if (!head.includes.empty()) {
    at = head.includes.back().end;
    line += ending;
    // A source's own header stays a group of its own.
    if (head.includes.size() == 1 && !text.substr(at).empty()) line = std::string(ending) + line;
  } else {
    if (at > 0 && at != 3) line = std::string(ending) + line;
    line += ending;
    const bool blank_follows = text.substr(at).starts_with("\n") || text.substr(at).starts_with("\r\n");
    if (!blank_follows) line += ending;
  }
  return Repair{
      "missing-include", place.path, {{at, at, line}}, "Missing include of <" + std::string(header) + ">."};
}

}  // namespace autofix::repair
