#include "server/verify/verdict.h"

#include <algorithm>
#include <map>

#include "server/fix/cache_entry.h"

namespace autofix::verify {
namespace {

using problems::Problem;
using Names = std::set<std::string>;

bool is_test(const Problem& problem) {
  return problem.test.has_value() && !problem.test->name.empty();
}

const std::string* find_test(const Names& names, std::string_view wanted) {
  if (const auto exact = names.find(std::string(wanted)); exact != names.end()) return &*exact;
  const auto same =
      std::ranges::find_if(names, [&](const std::string& name) { return is_same_test(name, wanted); });
  return same == names.end() ? nullptr : &*same;
}

/// Tools that were started in a folder below may leave out what comes first.
bool is_same_path(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  return a.ends_with(b) && (a.size() == b.size() || a[a.size() - b.size() - 1] == '/');
}

/// The key of what the run says at the problem's place: by its words, else by its line, since two tools
/// seldom use the same words.
const std::string* find_diagnostic(const RunFacts& facts, const Problem& problem) {
  const std::string wanted = diagnostic_key(problem);
  if (const auto exact = facts.diagnostics.find(wanted); exact != facts.diagnostics.end()) {
    return &exact->first;
  }
  const std::string message = wanted.substr(wanted.rfind('|'));
  const std::string* at_line = nullptr;
  for (const auto& [key, lines] : facts.lines) {
    if (!is_same_path(std::string_view(key).substr(0, key.find('|')), problem.path)) continue;
    if (key.ends_with(message)) return &key;
    if (lines.contains(problem.range.start.line)) at_line = &key;
  }
  return at_line;
}

/// Whether the run names tests at all that could be the asked-for one.
bool knows(const RunFacts& facts, const std::string& name) {
  return find_test(facts.failed, name) != nullptr || find_test(facts.passed, name) != nullptr ||
         find_test(facts.skipped, name) != nullptr;
}

bool shows_one(const RunFacts& facts, const Problem& problem) {
  if (is_test(problem)) {
    const std::string& name = problem.test->name;
    return knows(facts, name) ? find_test(facts.failed, name) != nullptr : !facts.clean;
  }
  if (problem.path.empty()) return !facts.clean;
  return find_diagnostic(facts, problem) != nullptr;
}

/// Many runners name only what fails.
bool names_all(const RunFacts& facts) {
  return facts.counts.passed <= static_cast<int>(facts.passed.size());
}

std::string quoted(const Names& names) {
  std::string text;
  int shown = 0;
  for (const std::string& name : names) {
    if (shown == 5) return text + " and " + std::to_string(names.size() - 5) + " more";
    text += (shown++ > 0 ? ", " : "") + name;
  }
  return text;
}

/// Of a key, what people read: the path and the message.
std::string readable(const std::string& key) {
  return key.substr(0, key.find('|')) + ": " + key.substr(key.rfind('|') + 1);
}

std::string still_there(const RunFacts& before, const RunFacts& after, const Problem& problem) {
  const std::string& name = problem.test->name;
  if (find_test(after.failed, name) != nullptr) return "the test " + name + " still fails";
  if (find_test(after.passed, name) != nullptr) return {};
  if (find_test(after.skipped, name) != nullptr) return "the test " + name + " is skipped now";
  // Where only failures are named, what is not among them is judged with the rest.
  if (knows(before, name)) return names_all(after) ? "the test " + name + " is no longer run" : "";
  return after.clean ? "" : "the command " + after.why;
}

/// Each diagnostic that was asked for takes one of its kind with it.
std::string remaining_diagnostics(const RunFacts& before, const RunFacts& after, const Asked& asked) {
  std::map<std::string, int> wanted;
  for (const Problem& problem : asked) {
    if (is_test(problem) || problem.path.empty()) continue;
    if (const std::string* key = find_diagnostic(before, problem)) ++wanted[*key];
  }
  for (const auto& [key, times] : wanted) {
    const auto left = after.diagnostics.find(key);
    const int most = std::max(before.diagnostics.at(key) - times, 0);
    if (left != after.diagnostics.end() && left->second > most)
      return "it is still reported: " + readable(key);
  }
  return {};
}

std::string new_diagnostics(const RunFacts& before, const RunFacts& after) {
  for (const auto& [key, times] : after.diagnostics) {
    if (after.minor.contains(key)) continue;
    const auto known = before.diagnostics.find(key);
    if (known == before.diagnostics.end() || known->second < times)
      return "something new is reported: " + readable(key);
  }
  return {};
}

/// Where tests are only counted: those that were fixed must be among the passed ones.
bool tests_are_missing(const RunFacts& before, const RunFacts& after, const Asked& asked) {
  // An exit from inside looks like success, but no runner has said so.
  if (before.tests && !after.tests && std::ranges::any_of(asked, is_test)) return true;
  if (names_all(after) || before.counts.failed == 0) return false;
  return std::ranges::any_of(asked, is_test) && after.counts.passed <= before.counts.passed;
}

/// The failure that has no name: the run failed, and neither did it before nor is there a known reason.
bool fails_for_nothing_known(const RunFacts& before, const RunFacts& after) {
  if (after.clean) return false;
  if (before.clean) return true;
  return after.failed.empty() && after.diagnostics.empty() && after.counts.failed > 0;
}

}  // namespace

Asked shown(const RunFacts& facts, const Asked& asked) {
  Asked found;
  std::ranges::copy_if(asked, std::back_inserter(found),
                       [&](const Problem& problem) { return shows_one(facts, problem); });
  return found;
}

Verdict judge_rest(const RunFacts& before, const RunFacts& after) {
  if (!after.ended && before.ended) return {"the command " + after.why, false};
  Names failing;
  Names gone;
  for (const std::string& name : after.failed) {
    if (!before.failed.contains(name)) failing.insert(name);
  }
  if (!failing.empty()) return {"this fails now: " + quoted(failing), false};
  for (const std::string& name : before.passed) {
    if (!after.passed.contains(name)) gone.insert(name);
  }
  if (!gone.empty() && names_all(after))
    return {"this passed before and is not run any more: " + quoted(gone), false};
  if (after.counts.passed < before.counts.passed && !names_all(after)) {
    return {"fewer tests pass: " + std::to_string(after.counts.passed) + " instead of " +
                std::to_string(before.counts.passed),
            false};
  }
  if (std::string text = new_diagnostics(before, after); !text.empty()) return {std::move(text), true};
  if (before.clean && !after.clean) return {"the command " + after.why, false};
  return {};
}

Verdict judge(const RunFacts& before, const RunFacts& after, const Asked& asked) {
  if (!after.ended) return {"the command " + after.why, false};
  for (const Problem& problem : asked) {
    std::string text;
    if (is_test(problem)) text = still_there(before, after, problem);
    if (!is_test(problem) && problem.path.empty() && !after.clean) text = "the command " + after.why;
    if (!text.empty()) return {std::move(text), false};
  }
  if (std::string text = remaining_diagnostics(before, after, asked); !text.empty()) {
    return {std::move(text), false};
  }
  Verdict rest = judge_rest(before, after);
  if (!rest.failure.empty()) return rest;
  if (tests_are_missing(before, after, asked)) return {"the failing test is no longer run", false};
  if (fails_for_nothing_known(before, after)) return {"the command " + after.why, false};
  return {};
}

}  // namespace autofix::verify
