#include "server/lsp/report_content.h"

#include <algorithm>
#include <optional>

#include "protocol/uri.h"
#include "server/lsp/convert.h"
#include "server/problems/readers.h"
#include "server/problems/test_report.h"
#include "server/text/line_index.h"
#include "server/text/utf8.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

constexpr std::size_t kMostFailures = 1'000;
constexpr std::size_t kMostRelated = 8;
constexpr std::size_t kMostLineBytes = 4'096;
constexpr std::size_t kMessageBytes = 2'000;
constexpr std::size_t kOutputBytes = 8'000;

/// Turns the problems of one report into what the editor shows and a fix gets.
class FailureReader {
 public:
  FailureReader(const std::filesystem::path& root, std::string report)
      : files_(fix::make_disk_files(root, {})), report_(std::move(report)) {}

  ReportedFailure read(const problems::Problem& problem) {
    const problems::TestFailure& test = *problem.test;
    ReportedFailure failure;
    failure.encoding = problem.encoding;
    failure.test.name = test.name;
    failure.test.raw = {{"name", test.name}, {"message", text::first_bytes(problem.message, kMessageBytes)}};
    if (!test.expected.empty())
      failure.test.raw["expected"] = problems::printable(text::first_bytes(test.expected, kMessageBytes));
    if (!test.actual.empty())
      failure.test.raw["actual"] = problems::printable(text::first_bytes(test.actual, kMessageBytes));
    if (!test.output.empty()) failure.test.raw["output"] = text::last_bytes(test.output, kOutputBytes);
    const std::string file = find(problem.path);
    if (!file.empty()) {
      failure.path = absolute(file);
      failure.range = {problem.range.start, problem.range.end.line == problem.range.start.line
                                                ? problem.range.end
                                                : problem.range.start};
      failure.line = line_of(file, problem.range.start.line);
    }
    add_stack(test, file, problem.range.start.line, failure.test);
    return failure;
  }

 private:
  std::string absolute(const std::string& file) const { return (files_->root() / file).string(); }

  const std::string& find(const std::string& spelled) {
    auto known = found_.find(spelled);
    if (known == found_.end()) {
      known = found_.emplace(spelled, find_reported_file(*files_, report_, spelled)).first;
    }
    return known->second;
  }

  /// One file is kept at a time: most failures of a report lie in few files, one after the other.
  std::string line_of(const std::string& file, std::size_t line) {
    if (file != file_) {
      file_ = file;
      text_ = files_->read(file).value_or("");
      lines_.emplace(text_);
    }
    if (line >= lines_->line_count()) return {};
    const text::ByteSpan span = lines_->line(text_, line);
    const std::string_view whole = std::string_view(text_).substr(span.begin, span.end - span.begin);
    return std::string(text::first_bytes(whole, kMostLineBytes));
  }

  /// As lines that the fix reads again, and for the editor those that lie elsewhere in the project.
  void add_stack(const problems::TestFailure& test, const std::string& file, std::uint32_t line,
                 KnownTest& known) {
    if (test.stack.empty()) return;
    Json stack = Json::array();
    known.related = Json::array();
    for (const problems::StackFrame& frame : test.stack) {
      const std::string own = find(frame.path);
      std::string text = (own.empty() ? frame.path : own) + ":" + std::to_string(frame.line + 1) + ":";
      if (!frame.function.empty()) text += " in " + frame.function;
      stack.push_back(problems::printable(text));
      if (own.empty() || (own == file && frame.line == line) || known.related.size() == kMostRelated)
        continue;
      const text::Position start{frame.line, 0};
      known.related.push_back(
          {{"location",
            {{"uri", protocol::file_uri_of(absolute(own))},
             {"range", protocol::to_json(to_lsp({start, start}))}}},
           {"message", frame.function.empty() ? "on the way to the failure"
                                              : "in " + problems::printable(frame.function)}});
    }
    known.raw["stack"] = std::move(stack);
  }

  std::shared_ptr<const fix::ProjectFiles> files_;
  std::string report_;
  std::map<std::string, std::string> found_;  // by spelling
  std::string file_;
  std::string text_;
  std::optional<text::LineIndex> lines_;
};

void add_tests(const problems::TestReport& report, const std::filesystem::path& root,
               ReportContent& content) {
  for (const problems::TestCase& test : report.tests) {
    if (test.outcome == problems::TestCase::Outcome::passed) content.passed.insert(test.name);
    if (test.outcome == problems::TestCase::Outcome::failed) content.failed.insert(test.name);
  }
  FailureReader reader(root, content.path);
  for (const problems::Problem& problem : report.problems) {
    if (!problem.test || problem.test->name.empty()) continue;
    content.failed.insert(problem.test->name);
    if (content.failures.size() < kMostFailures) content.failures.push_back(reader.read(problem));
  }
}

ReportContent unreadable(ReportContent content, std::string why) {
  content.state = ReportContent::State::unreadable;
  content.error = std::move(why);
  return content;
}

}  // namespace

std::string find_reported_file(const fix::ProjectFiles& files, const std::string& report,
                               const std::string& spelled) {
  if (spelled.empty()) return {};
  const auto existing = [&](const std::string& path) {
    std::string relative = files.relative(path);
    return files.exists(relative) ? relative : std::string();
  };
  if (std::string found = existing(spelled); !found.empty()) return found;
  if (std::filesystem::path(spelled).is_absolute()) return {};
  std::filesystem::path folder = std::filesystem::path(report).parent_path();
  while (true) {
    const std::string path = (files.root() / folder / spelled).lexically_normal().string();
    if (std::string found = existing(path); !found.empty()) return found;
    if (folder.empty()) return {};
    folder = folder.parent_path();
  }
}

ReportContent read_report(const std::filesystem::path& root, const std::string& path) {
  ReportContent content;
  content.path = path;
  auto file = fix::read_report_file(root, path);
  if (!file && file.error().kind == fix::FileError::Kind::not_found) {
    content.state = ReportContent::State::gone;
    return content;
  }
  if (!file) return unreadable(std::move(content), file.error().message);
  content.stamp = file->stamp;
  try {
    const auto report = problems::read_test_report(file->bytes);
    if (!report) return unreadable(std::move(content), path + ": " + report.error().message);
    add_tests(*report, root, content);
  } catch (const std::exception& fault) {  // what a library makes of a hostile report
    return unreadable(std::move(content), path + ": " + fault.what());
  }
  return content;
}

}  // namespace autofix::lsp
