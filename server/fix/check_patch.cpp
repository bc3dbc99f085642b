#include "server/fix/check_patch.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "server/fix/beneath.h"
#include "server/fix/project_files.h"
#include "server/text/utf8.h"

namespace autofix::fix {
namespace {

tl::unexpected<Rejection> rejected(std::string code, std::string message) {
  return tl::unexpected(Rejection{std::move(code), std::move(message)});
}

bool holds(const std::vector<std::string>& paths, std::string_view path) {
  return std::ranges::find(paths, path) != paths.end();
}

/// New files may stand in or below the folder of a file that may change.
bool may_hold_new(const std::vector<std::string>& allowed, const std::string& path) {
  return std::ranges::any_of(allowed, [&](const std::string& known) {
    const std::string folder = split_path(known).first;
    return folder.empty() || path.starts_with(folder + "/");
  });
}

/// Characters that a reader of the code does not see, or that reorder what he sees.
bool is_hidden(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2060 && c <= 0x2064) || (c >= 0xE0000 && c <= 0xE01EF) || c == 0xFEFF ||
         (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7F;
}

char32_t decoded(std::string_view bytes) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  switch (bytes.size()) {
    case 2:
      return ((byte(0) & 31U) << 6U) | (byte(1) & 63U);
    case 3:
      return ((byte(0) & 15U) << 12U) | ((byte(1) & 63U) << 6U) | (byte(2) & 63U);
    case 4:
      return ((byte(0) & 7U) << 18U) | ((byte(1) & 63U) << 12U) | ((byte(2) & 63U) << 6U) | (byte(3) & 63U);
    default:
      return byte(0);
  }
}

std::map<char32_t, int> hidden_characters(std::string_view text) {
  std::map<char32_t, int> counts;
  // The mark that begins a text is no hidden character.
  std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (at < text.size()) {
    const std::size_t length = text::character_length(text, at);
    if (length == 1 && static_cast<unsigned char>(text[at]) >= 0x80) {  // no UTF-8: looked at elsewhere
      ++at;
      continue;
    }
    const char32_t c = decoded(text.substr(at, length));
    if (is_hidden(c)) ++counts[c];
    at += length;
  }
  return counts;
}

std::optional<Rejection> added_characters(const FileChange& change) {
  if (text::is_utf8(change.before) && !text::is_utf8(change.after)) {
    return Rejection{"hidden_character", change.path + " would no longer be UTF-8"};
  }
  const std::map<char32_t, int> before = hidden_characters(change.before);
  for (const auto& [c, count] : hidden_characters(change.after)) {
    const auto known = before.find(c);
    if (known != before.end() && known->second >= count) continue;
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "U+%04X", static_cast<unsigned>(c));
    return Rejection{"hidden_character", "the change adds the hidden character " + std::string(name.data()) +
                                             " to " + change.path};
  }
  if (change.after.starts_with("\xEF\xBB\xBF") && !change.before.starts_with("\xEF\xBB\xBF")) {
    return Rejection{"hidden_character", "the change adds a byte-order mark to " + change.path};
  }
  return std::nullopt;
}

std::size_t changed_lines(const FileChange& change) {
  if (change.kind == ChangeKind::remove) return 0;  // its size is not what makes a deletion dangerous
  std::size_t lines = 0;
  for (const text::TextEdit& edit : change.edits) {
    const auto removed = std::count(change.before.begin() + static_cast<std::ptrdiff_t>(edit.begin),
                                    change.before.begin() + static_cast<std::ptrdiff_t>(edit.end), '\n');
    const auto added = std::count(edit.new_text.begin(), edit.new_text.end(), '\n');
    lines += static_cast<std::size_t>(removed + added) + 1;
  }
  return lines;
}

bool is_test_path(std::string_view path) {
  std::string lower(path);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto [folder, name] = split_path(lower);
  const std::string folders = "/" + folder + "/";
  for (const char* part : {"/test/", "/tests/", "/__tests__/", "/spec/", "/specs/", "/testing/"}) {
    if (folders.find(part) != std::string::npos) return true;
  }
  return name.starts_with("test_") || name.starts_with("test.") || name == "conftest.py" ||
         name.find("_test.") != std::string::npos || name.find(".test.") != std::string::npos ||
         name.find("_spec.") != std::string::npos || name.find(".spec.") != std::string::npos ||
         name.find("tests.") != std::string::npos;
}

constexpr std::array kAssertions = {"assert", "expect(", "expect_",   "require(", "require_",  "check(",
                                    "check_", "should",  "def test",  "test(",    "test_case", "test_f(",
                                    "it(",    "#[test]", "func test", "@test",    "verify(",   "raises("};
constexpr std::array kSkips = {"skip",     "xfail",  "@ignore", "@disabled",
                               "#[ignore", ".todo(", ".only(",  "disabled_"};

/// The lines that say what a test demands, and how many ways around them there are.
struct Demands {
  std::multiset<std::string> lines;
  int skips = 0;
};

Demands demands_of(std::string_view text) {
  Demands demands;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    std::ranges::transform(line, line.begin(), [](unsigned char c) { return std::tolower(c); });
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    const auto in_line = [&](std::string word) {
      std::erase(word, ' ');
      return line.find(word) != std::string::npos;
    };
    if (std::ranges::any_of(kAssertions, in_line)) demands.lines.insert(line);
    demands.skips += static_cast<int>(std::ranges::count_if(kSkips, in_line));
  }
  return demands;
}

bool weakens_tests(const FileChange& change) {
  if (change.kind == ChangeKind::create || !is_test_path(change.path)) return false;
  const Demands before = demands_of(change.before);
  const Demands after = demands_of(change.after);
  return after.skips > before.skips || !std::ranges::includes(after.lines, before.lines);
}

void ask_for_word(FileChange& change, std::string reason) {
  change.needs_confirmation = true;
  if (!change.confirmation_reason.empty()) change.confirmation_reason += "; ";
  change.confirmation_reason += reason;
}

/// The rules for one path that a change names.
std::optional<Rejection> check_path(const std::string& path, bool is_new, const CheckPolicy& policy) {
  if (path.empty() || normalized_path(path) != path) {
    return Rejection{"outside_root", path + " is no path inside the project"};
  }
  if (is_control_path(path) || is_secret_path(path)) {
    return Rejection{"control_path", path + " is not to be changed: it controls tools or holds secrets"};
  }
  if (is_new) {
    if (!policy.may_create)
      return Rejection{"create_refused", path + " would be a new file, which this editor cannot create"};
    if (is_manifest_path(path)) {
      return Rejection{"not_allowed", path + " would be a new build or package file"};
    }
    if (!may_hold_new(policy.allowed_paths, path)) {
      return Rejection{"not_allowed", path + " would be a new file far from the problem"};
    }
    return std::nullopt;
  }
  if (!holds(policy.allowed_paths, path)) {
    return Rejection{"not_allowed", path + " is not among the files of this request"};
  }
  if (is_manifest_path(path) && !holds(policy.problem_paths, path)) {
    return Rejection{"not_allowed", path + " is a build or package file, and the problem does not lie in it"};
  }
  return std::nullopt;
}

}  // namespace

tl::expected<Patch, Rejection> check_patch(Patch patch, const CheckPolicy& policy) {
  if (patch.files.empty()) return rejected("empty", "the patch changes nothing");
  if (patch.files.size() > policy.max_files) {
    return rejected("too_large", "the patch changes " + std::to_string(patch.files.size()) +
                                     " files; at most " + std::to_string(policy.max_files) + " are allowed");
  }
  std::size_t lines = 0;
  for (FileChange& change : patch.files) {
    if (auto reason = check_path(change.path, change.kind == ChangeKind::create, policy)) {
      return tl::unexpected(std::move(*reason));
    }
    if (change.kind == ChangeKind::rename) {
      if (auto reason = check_path(change.new_path, true, policy)) return tl::unexpected(std::move(*reason));
    }
    if (change.after.size() > policy.max_file_bytes) {
      return rejected("too_large", change.path + " would become larger than " +
                                       std::to_string(policy.max_file_bytes >> 20U) + " MiB");
    }
    if (auto reason = added_characters(change)) return tl::unexpected(std::move(*reason));
    lines += changed_lines(change);
    if (change.kind == ChangeKind::remove) ask_for_word(change, "it deletes the file");
    if (change.kind == ChangeKind::rename) ask_for_word(change, "it moves the file");
    if (is_manifest_path(change.path)) ask_for_word(change, "it changes a build or package file");
    change.weakens_tests = weakens_tests(change);
    if (change.weakens_tests) ask_for_word(change, "it removes or changes what a test demands");
  }
  if (lines > policy.max_changed_lines) {
    return rejected("too_large", "the patch changes " + std::to_string(lines) + " lines; at most " +
                                     std::to_string(policy.max_changed_lines) + " are allowed");
  }
  return patch;
}

}  // namespace autofix::fix
