// pytest's console output: the lines of -v, the FAILURES and ERRORS sections, the short summary, the last
// line.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

struct OutcomeWord {
  std::string_view word;
  Outcome outcome;
};

constexpr std::array<OutcomeWord, 6> kWords = {{{"PASSED", Outcome::passed},
                                                {"FAILED", Outcome::failed},
                                                {"ERROR", Outcome::failed},
                                                {"SKIPPED", Outcome::skipped},
                                                {"XFAIL", Outcome::passed},
                                                {"XPASS", Outcome::passed}}};

/// `==== FAILURES ====`: the words, or nothing.
std::string_view ruled(std::string_view line, char rule) {
  line = trimmed(line);
  if (line.size() < 8 || line.front() != rule || line.back() != rule) return {};
  const std::size_t first = line.find_first_not_of(rule);
  if (first == std::string_view::npos || line[first] != ' ') return {};
  return trimmed(line.substr(first, line.find_last_not_of(rule) - first + 1));
}

/// `4 failed, 1 error in 0.12s`, framed or not.
std::optional<Tally> summary_of(std::string_view line) {
  constexpr std::string_view kFrame = "= \t";
  const std::size_t begin = std::min(line.find_first_not_of(kFrame), line.size());
  line = line.substr(begin, line.find_last_not_of(kFrame) + 1 - begin);
  const std::size_t in = line.rfind(" in ");
  if (in == std::string_view::npos) return std::nullopt;
  std::string_view time = line.substr(in + 4);
  int seconds = 0;
  Tally tally;
  if (!take_count(time, seconds) || time.find('s') == std::string_view::npos) return std::nullopt;
  if (line.substr(0, in) != "no tests ran" && !take_tally(line.substr(0, in), ",", tally))
    return std::nullopt;
  return tally;
}

/// The identifier that a line of the short summary begins with. ` - ` may also stand in a parameter.
std::string_view summary_id(std::string_view text) {
  const std::size_t dash = std::min(text.find(" - "), text.size());
  const std::size_t bracket = text.find('[');
  if (bracket >= dash) return trimmed(text.substr(0, dash));
  const std::size_t close = text.find("] - ", bracket);
  if (close != std::string_view::npos) return text.substr(0, close + 1);
  const std::size_t last = text.rfind(']');
  return last == std::string_view::npos ? trimmed(text.substr(0, dash)) : text.substr(0, last + 1);
}

constexpr std::string_view kTeardown = "ERROR at teardown of ";

/// `TestGroup.test_x[1]` of a heading as it ends an identifier: `TestGroup::test_x[1]`.
std::string heading_tail(std::string_view heading) {
  if (take_prefix(heading, "ERROR collecting ")) return std::string(heading);
  if (!take_prefix(heading, "ERROR at setup of ")) take_prefix(heading, kTeardown);
  const std::size_t bracket = std::min(heading.find('['), heading.size());
  std::string tail;
  for (const char c : heading.substr(0, bracket)) tail += c == '.' ? std::string("::") : std::string(1, c);
  return tail += heading.substr(bracket);
}

class PytestReader {
 public:
  explicit PytestReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    finish(output_.lines.size());
    return std::move(runs_);
  }

 private:
  enum class Section { progress, failures, other, summary };

  struct Failure {
    std::string_view heading;
    std::size_t first;
    std::size_t end;
  };

  struct Session {
    bool has_header = false;
    std::optional<std::size_t> first;
    std::size_t end = 0;
    std::optional<Tally> tally;
    Section section = Section::progress;
    std::vector<Failure> failures;
    bool in_failure = false;
    std::vector<TestCase> tests;
    std::unordered_map<std::string, std::size_t> by_name;
    std::unordered_map<std::string, std::string_view> messages;  ///< of the short summary
    int turned = 0;  ///< tests that passed, and then failed to close
  };

  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    if (const auto tally = summary_of(text)) return summary(at, *tally);
    if (const std::string_view title = ruled(text, '='); !title.empty()) return heading(at, title);
    if (now_.section == Section::failures) {
      const std::string_view name = ruled(text, '_');
      if (name.empty() || name.find_first_not_of("_ ") == std::string_view::npos) return;
      close_failure(at);
      now_.failures.push_back({name, at + 1, at + 1});
      now_.in_failure = true;
    } else if (now_.section == Section::summary) {
      summary_line(text);
    } else if (now_.section == Section::progress) {
      progress_line(at, text);
    }
  }

  /// The last summary of a session is its own. Without a header (-q) each one ends a run, except where pytest
  /// repeats what a test printed.
  void summary(std::size_t at, const Tally& tally) {
    now_.tally = tally;
    now_.end = at + 1;
    const bool repeated = now_.section == Section::failures || now_.section == Section::other;
    if (!now_.has_header && !repeated) finish(at + 1);
  }

  void heading(std::size_t at, std::string_view title) {
    if (title == "test session starts") {
      finish(at);
      now_.has_header = true;
      now_.first = at;
    } else if (title == "FAILURES" || title == "ERRORS") {
      close_failure(at);
      enter(at, Section::failures);
    } else if (title == "short test summary info") {
      close_failure(at);
      enter(at, Section::summary);
      now_.tally.reset();  // what came before was printed by a test
    } else if (title == "PASSES" || title.starts_with("warnings summary")) {
      close_failure(at);
      enter(at, Section::other);
    }
  }

  void enter(std::size_t at, Section section) {
    if (!now_.first) now_.first = at;
    now_.section = section;
  }

  void close_failure(std::size_t end) {
    if (now_.in_failure) now_.failures.back().end = end;
    now_.in_failure = false;
  }

  /// A test that passed and then failed to close is one that failed.
  void set(std::string_view name, Outcome outcome) {
    const auto [place, is_new] = now_.by_name.try_emplace(std::string(name), now_.tests.size());
    if (is_new) {
      now_.tests.push_back({std::string(name), outcome});
    } else if (Outcome& known = now_.tests[place->second].outcome; outcome == Outcome::failed) {
      if (known == Outcome::passed) ++now_.turned;
      known = outcome;
    }
  }

  /// `FAILED tests/test_x.py::test_y - AssertionError: …`; skipped ones are grouped by place, without names.
  void summary_line(std::string_view text) {
    for (const OutcomeWord& known : kWords) {
      std::string_view rest = text;
      if (known.outcome == Outcome::skipped || !take_prefix(rest, known.word) || !take_prefix(rest, " "))
        continue;
      std::string_view id = summary_id(rest);
      // pytest 7 puts the reason of an unexpected pass behind a space.
      if (known.word == "XPASS" && !id.ends_with(']')) id = id.substr(0, id.find(' '));
      if (id.empty()) return;
      set(id, known.outcome);
      std::string_view message = rest.substr(std::min(id.size(), rest.size()));
      if (take_prefix(message, " - ")) now_.messages.try_emplace(std::string(id), message);
      return;
    }
  }

  /// `tests/test_x.py::test_y PASSED  [ 6%]`, and pytest-xdist's `[gw0] [ 6%] PASSED tests/test_x.py::test_y`
  void progress_line(std::size_t at, std::string_view text) {
    if (text.find("::") == std::string_view::npos) return;
    text = trimmed(text);
    if (text.starts_with("[gw")) {
      for (const OutcomeWord& known : kWords) {
        const std::size_t word = text.find(" " + std::string(known.word) + " ");
        if (word == std::string_view::npos || word > 24) continue;
        return named(at, trimmed(text.substr(word + known.word.size() + 2)), known.outcome);
      }
      return;
    }
    if (text.ends_with("%]")) text = trimmed(text.substr(0, text.rfind('[')));
    for (const OutcomeWord& known : kWords) {
      const std::size_t word = text.rfind(" " + std::string(known.word));
      if (word == std::string_view::npos) continue;
      const std::string_view behind = text.substr(word + 1 + known.word.size());
      if (!behind.empty() && !(behind.starts_with(" (") && behind.ends_with(')'))) continue;
      return named(at, trimmed(text.substr(0, word)), known.outcome);
    }
  }

  void named(std::size_t at, std::string_view name, Outcome outcome) {
    const std::size_t colons = name.find("::");
    if (colons == std::string_view::npos || colons == 0 || contains(name.substr(0, colons), " ")) return;
    if (!now_.first) now_.first = at;
    set(name, outcome);
  }

  void finish(std::size_t end) {
    close_failure(end);
    if (now_.tally || !now_.failures.empty() || !now_.tests.empty()) {
      ConsoleRun run;
      run.end = now_.tally ? now_.end : end;
      run.first = now_.first.value_or(run.end - 1);
      run.sure = now_.first.has_value();
      add_failures(run.report);
      for (TestCase& test : now_.tests) add_test(run.report, std::move(test.name), test.outcome);
      if (now_.tally) settle(run.report, with_each_once(*now_.tally));
      runs_.push_back(std::move(run));
    }
    now_ = {};
  }

  /// pytest counts a test that cannot be closed once more, as an error.
  Tally with_each_once(Tally tally) const {
    if (now_.failures.empty()) {
      tally.passed -= now_.turned;
      return tally;
    }
    std::unordered_set<std::string_view> headings;
    for (const Failure& failure : now_.failures) headings.insert(failure.heading);
    for (const Failure& failure : now_.failures) {
      std::string_view test = failure.heading;
      if (take_prefix(test, kTeardown)) --(headings.contains(test) ? tally.failed : tally.passed);
    }
    return tally;
  }

  /// The file is known of every test, its line only from a traceback.
  static void add(TestReport& report, std::string name, std::string_view message, std::string_view text) {
    const std::string path = name.substr(0, name.find("::"));
    Problem problem = failure_named(std::move(name), "pytest");
    if (text.empty()) problem.message = message;
    Problem* added = add_failure(report, std::move(problem), text);
    if (added != nullptr && added->path.empty() && path.ends_with(".py")) added->path = path;
  }

  /// Headings lack the file, which the identifiers have. With --tb=no or --tb=line there are no headings.
  void add_failures(TestReport& report) {
    std::unordered_map<std::string_view, std::string_view> by_tail;
    for (const TestCase& test : now_.tests) {
      if (test.outcome != Outcome::failed) continue;
      const std::size_t colons = test.name.find("::");
      by_tail.try_emplace(colons == std::string::npos ? std::string_view(test.name)
                                                      : std::string_view(test.name).substr(colons + 2),
                          test.name);
    }
    std::unordered_set<std::string> shown;
    std::vector<std::string> unknown;
    for (const Failure& failure : now_.failures) {
      const std::string tail = heading_tail(failure.heading);
      const auto id = by_tail.find(tail);
      std::string name(id == by_tail.end() ? failure.heading : id->second);
      shown.insert(name);
      if (id == by_tail.end()) unknown.push_back(name);
      add(report, std::move(name), {}, output_.block(failure.first, failure.end));
    }
    for (const TestCase& test : now_.tests) {
      if (test.outcome != Outcome::failed || shown.contains(test.name)) continue;
      const auto message = now_.messages.find(test.name);
      add(report, test.name, message == now_.messages.end() ? std::string_view() : message->second, {});
    }
    for (const std::string& name : unknown) set(name, Outcome::failed);
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

}  // namespace

ConsoleRuns pytest_runs(const Output& output) {
  return PytestReader(output).read();
}

}  // namespace autofix::problems
