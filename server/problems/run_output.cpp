// What a failed command printed: compiler text, pytest's and Jest's failures, Catch2's and Go's, Python's
// tracebacks, ctest's list; else the tail of it all.
#include <algorithm>
#include <map>

#include "server/problems/failure_text.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

constexpr std::size_t kTailBytes = 6'000;
constexpr std::size_t kMostProblems = 1'000;

/// `==== FAILURES ====`: the words, or nothing.
std::string_view ruled(std::string_view line, char rule) {
  if (line.size() < 8 || line.front() != rule || line.back() != rule) return {};
  const std::size_t first = line.find_first_not_of(rule);
  if (first == std::string_view::npos || line[first] != ' ') return {};
  return trimmed(line.substr(first, line.find_last_not_of(rule) - first + 1));
}

Problem failure_named(std::string name, std::string source) {
  Problem problem;
  problem.kind = ProblemKind::test_failure;
  problem.source = std::move(source);
  problem.test.emplace();
  problem.test->name = std::move(name);
  return problem;
}

void finish(Problem problem, std::string_view text, std::string_view fallback_message, Problems& out) {
  if (problem.message.empty()) problem.message = printable(exception_line(text));
  if (problem.message.empty()) problem.message = fallback_message;
  read_failure_text(text, problem);
  problem.code = problem.test->name;
  if (out.size() < kMostProblems) out.push_back(std::move(problem));
}

// pytest
// ---------------------------------------------------------------------------------------------------------

/// The identifiers of the summary's FAILED and ERROR lines.
std::vector<std::string> summary_ids(const std::vector<std::string_view>& lines) {
  std::vector<std::string> ids;
  for (std::string_view line : lines) {
    if (!take_prefix(line, "FAILED ") && !take_prefix(line, "ERROR ")) continue;
    ids.emplace_back(line.substr(0, line.find(" - ")));
  }
  return ids;
}

/// `TestGroup.test_x[1]` of a heading becomes the identifier that ends so.
std::string id_for(std::string_view heading, const std::vector<std::string>& ids) {
  for (const std::string_view prefix : {"ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting "}) {
    take_prefix(heading, prefix);
  }
  const std::size_t bracket = std::min(heading.find('['), heading.size());
  std::string tail;
  for (const char c : heading.substr(0, bracket)) tail += c == '.' ? std::string("::") : std::string(1, c);
  tail += heading.substr(bracket);
  const auto id =
      std::ranges::find_if(ids, [&](const std::string& known) { return known.ends_with("::" + tail); });
  return id == ids.end() ? std::string(heading) : *id;
}

void read_pytest(const std::vector<std::string_view>& lines, std::string_view text, Problems& out) {
  const std::vector<std::string> ids = summary_ids(lines);
  bool in_failures = false;
  std::string_view heading;
  const char* begin = nullptr;
  const auto close = [&](const char* end) {
    if (begin == nullptr) return;
    finish(failure_named(id_for(heading, ids), "pytest"), {begin, static_cast<std::size_t>(end - begin)},
           "the test fails", out);
    begin = nullptr;
  };
  for (const std::string_view line : lines) {
    if (const std::string_view title = ruled(line, '='); !title.empty()) {
      close(line.data());
      in_failures = title == "FAILURES" || title == "ERRORS";
    } else if (const std::string_view name = ruled(line, '_');
               in_failures && !name.empty() && name.find_first_not_of("_ ") != std::string_view::npos) {
      close(line.data());
      heading = name;
      begin = line.data() + line.size();
    }
  }
  close(text.data() + text.size());
}

// Others
// ---------------------------------------------------------------------------------------------------------

/// `x.cpp:9: FAILED:` and what follows up to an empty line after it.
void read_catch2(const std::vector<std::string_view>& lines, Problems& out) {
  std::string name;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (lines[at].starts_with("-----") && at + 1 < lines.size() && !lines[at + 1].starts_with("/") &&
        !take_location(lines[at + 1])) {
      name = trimmed(lines[at + 1]);
    }
    const auto location = take_location(lines[at]);
    if (!location || location->rest != ": FAILED:") continue;
    std::size_t end = at + 1;
    while (end < lines.size() && !trimmed(lines[end]).empty()) ++end;
    const char* begin = lines[at].data();
    const std::string_view block(
        begin, static_cast<std::size_t>(lines[end - 1].data() + lines[end - 1].size() - begin));
    Problem problem = failure_named(name, "catch2");
    if (at + 1 < lines.size()) problem.message = printable(trimmed(lines[at + 1]));
    problem.path = printable(location->path);
    problem.range = line_start(location->line);
    finish(std::move(problem), block, "the test fails", out);
  }
}

/// Jest's `● name` sections.
void read_jest(const std::vector<std::string_view>& lines, std::string_view text, Problems& out) {
  constexpr std::string_view kBullet = "  ● ";
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (lines[at].starts_with("Summary of all failing tests")) return;
    if (!lines[at].starts_with(kBullet)) continue;
    std::size_t end = at + 1;
    while (end < lines.size() && !lines[end].starts_with(kBullet) &&
           !lines[end].starts_with("Test Suites:") && !lines[end].starts_with("FAIL ") &&
           !lines[end].starts_with("PASS ")) {
      ++end;
    }
    const char* begin = lines[at].data();
    const char* stop = end < lines.size() ? lines[end].data() : text.data() + text.size();
    Problem problem = failure_named(std::string(trimmed(lines[at].substr(kBullet.size()))), "jest");
    for (std::size_t line = at + 1; line < end && problem.message.empty(); ++line)
      problem.message = printable(trimmed(lines[line]));
    finish(std::move(problem), {begin, static_cast<std::size_t>(stop - begin)}, "the test fails", out);
  }
}

/// `--- FAIL: TestX (0.00s)` and its lines `    x_test.go:12: message`; `thread 'x' panicked at
/// src/lib.rs:5:9:`.
void read_go_and_rust(const std::vector<std::string_view>& lines, Problems& out) {
  std::string name;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    std::string_view text = trimmed(lines[at]);
    if (take_prefix(text, "--- FAIL: ")) {
      name = text.substr(0, text.find(' '));
      continue;
    }
    std::string message;
    std::string source = "go";
    if (const std::size_t panic = text.find("panicked at ");
        text.starts_with("thread '") && panic != std::string_view::npos) {
      name = text.substr(8, std::min(text.find('\'', 8), text.size()) - 8);
      text.remove_prefix(panic + 12);
      source = "cargo";
      if (at + 1 < lines.size()) message = printable(trimmed(lines[at + 1]));
    } else if (name.empty()) {
      continue;
    }
    const auto location = take_location(text);
    if (!location) continue;
    if (message.empty())
      message = printable(trimmed(location->rest.substr(std::min<std::size_t>(1, location->rest.size()))));
    Problem problem = failure_named(name, source);
    problem.message = message.empty() ? "the test fails" : message;
    problem.path = printable(location->path);
    problem.range = line_start(location->line);
    finish(std::move(problem), lines[at], "the test fails", out);
  }
}

/// Python's own tracebacks, each as one problem; a chained one is told by its last part.
void read_tracebacks(const std::vector<std::string_view>& lines, Problems& out) {
  constexpr std::string_view kHead = "Traceback (most recent call last):";
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (trimmed(lines[at]) != kHead) continue;
    const std::size_t margin = indentation(lines[at]);
    std::size_t end = at + 1;
    while (end < lines.size() && (trimmed(lines[end]).empty() || indentation(lines[end]) > margin)) ++end;
    const char* begin = lines[at].data();
    const char* stop = end < lines.size() ? lines[end].data() + lines[end].size()
                                          : lines[end - 1].data() + lines[end - 1].size();
    const std::string_view block(begin, static_cast<std::size_t>(stop - begin));
    Problem problem;
    problem.source = "python";
    problem.message = end < lines.size() ? printable(trimmed(lines[end])) : "an exception";
    const std::vector<StackFrame> frames = read_frames(block);
    if (const StackFrame* frame = own_frame(frames)) {
      problem.path = frame->path;
      problem.range = {{frame->line, 0}, {frame->line, 0}};
    }
    for (const StackFrame& frame : frames) {
      problem.related.push_back(
          {frame.path, {{frame.line, 0}, {frame.line, 0}}, "called in " + frame.function});
    }
    if (out.size() < kMostProblems) out.push_back(std::move(problem));
    at = end;
  }
}

/// ctest's list of failed tests, for when nothing else says more.
void read_ctest(const std::vector<std::string_view>& lines, Problems& out) {
  bool in_list = false;
  for (const std::string_view line : lines) {
    if (line.starts_with("The following tests FAILED:")) {
      in_list = true;
      continue;
    }
    if (!in_list) continue;
    std::string_view text = trimmed(line);
    if (!take_number(text) || !take_prefix(text, " - ")) break;
    const std::size_t open = std::min(text.rfind(" ("), text.size());
    Problem problem = failure_named(std::string(text.substr(0, open)), "ctest");
    problem.message = "the test fails " + std::string(trimmed(text.substr(open)));
    problem.code = problem.test->name;
    out.push_back(std::move(problem));
  }
}

Problem tail_of(std::string_view text, int exit_status, std::string_view command) {
  Problem problem = failure_named(printable(command), "command");
  problem.message = "`" + printable(command) + "` failed with exit status " + std::to_string(exit_status);
  problem.test->output =
      text.size() > kTailBytes ? std::string(text.substr(text.size() - kTailBytes)) : std::string(text);
  return problem;
}

}  // namespace

Problems read_run_output(std::string_view output, int exit_status, std::string_view command) {
  if (exit_status == 0) return {};
  const std::string text = printable(output);
  const std::vector<std::string_view> lines = lines_of(text);
  Problems problems;
  read_pytest(lines, text, problems);
  if (problems.empty()) read_jest(lines, text, problems);
  if (problems.empty()) read_catch2(lines, problems);
  if (problems.empty()) read_tracebacks(lines, problems);
  if (problems.empty()) read_go_and_rust(lines, problems);
  if (problems.empty()) problems = read_compiler_text(text);
  if (problems.empty()) read_ctest(lines, problems);
  if (problems.empty()) problems.push_back(tail_of(text, exit_status, command));
  return problems;
}

}  // namespace autofix::problems
