#include "server/lsp/convert.h"

#include <algorithm>

#include "server/problems/failure_text.h"
#include "server/problems/readers.h"
#include "server/text/line_index.h"
#include "server/text/utf8.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

std::string text_member(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return {};
  if (member->is_string()) return member->get<std::string>();
  return member->is_null() ? std::string() : member->dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Frames come as one text or as an array of lines or objects.
std::string stack_text(const Json& failure) {
  const auto stack = failure.find("stack");
  if (stack == failure.end() || !stack->is_array()) return text_member(failure, "stack");
  std::string out;
  for (const Json& frame : *stack) {
    out += frame.is_string() ? frame.get<std::string>()
                             : frame.dump(-1, ' ', false, Json::error_handler_t::replace);
    out += "\n";
  }
  return out;
}

}  // namespace

text::Range from_lsp(const protocol::Range& range) {
  return {{range.start.line, range.start.character}, {range.end.line, range.end.character}};
}

protocol::Range to_lsp(const text::Range& range) {
  return {{range.start.line, range.start.character}, {range.end.line, range.end.character}};
}

bool touches(const text::Range& a, const text::Range& b) {
  return a.start <= b.end && b.start <= a.end;
}

text::Range shown_range(const std::string& line, const text::Range& range, text::PositionEncoding from,
                        text::PositionEncoding to) {
  const text::LineIndex index(line);
  std::size_t begin = index.offset_of(line, {0, range.start.character}, from);
  std::size_t end = index.offset_of(line, {0, range.end.character}, from);
  if (end <= begin) {
    begin = std::max(begin, std::min(line.find_first_not_of(" \t"), line.size()));
    end = line.size();
  }
  const auto at = [&](std::size_t offset) {
    return text::Position{range.start.line, index.position_of(line, offset, to).character};
  };
  return {at(begin), at(end)};
}

tl::expected<problems::Problem, std::string> test_failure(const Json& failure, std::string path,
                                                          text::PositionEncoding encoding) {
  if (!failure.is_object()) return tl::unexpected<std::string>("a test failure is an object");
  problems::Problem problem;
  problem.kind = problems::ProblemKind::test_failure;
  problem.path = std::move(path);
  problem.encoding = encoding;
  problem.source = "tests";
  problem.test.emplace();
  problem.test->name = text_member(failure, "name");
  if (problem.test->name.empty()) return tl::unexpected<std::string>("a test failure has no name");
  problem.code = problem.test->name;
  problem.message = problems::printable(text_member(failure, "message"));
  if (problem.message.empty()) problem.message = "the test fails";
  problem.test->expected = problems::printable(text_member(failure, "expected"));
  problem.test->actual = problems::printable(text_member(failure, "actual"));
  const std::string stack = stack_text(failure);
  problem.test->stack = problems::read_frames(stack);
  // Lines that are frames and nothing else need not be told twice.
  const auto lines = static_cast<std::size_t>(std::ranges::count(stack, '\n'));
  const bool only_frames = problem.test->stack.size() == lines && stack.ends_with('\n');
  problem.test->output = problems::printable((only_frames ? "" : stack) + text_member(failure, "output"));
  protocol::Range range;
  if (const auto given = failure.find("range");
      given != failure.end() && protocol::read_range(*given, range)) {
    problem.range = from_lsp(range);
  }
  return problem;
}

std::string title_text(std::string_view message, std::size_t most) {
  std::string line(message.substr(0, message.find_first_of("\r\n")));
  line = problems::printable(line);
  std::size_t at = 0;
  for (std::size_t count = 0; at < line.size() && count < most; ++count)
    at += text::character_length(line, at);
  if (at < line.size()) {
    line.resize(at);
    while (line.ends_with(' ')) line.pop_back();
    line += "…";
  }
  for (char& c : line) {
    if (c == '\t') c = ' ';
  }
  return line;
}

}  // namespace autofix::lsp
