// Places and problems as a script writes them: one-based, like compilers.
#include <algorithm>
#include <array>
#include <regex>
#include <stdexcept>

#include "tests/support/script.h"

namespace autofix::test {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 4> kSeverities = {"error", "warning", "information", "hint"};

std::string written(const json& position) {
  return std::to_string(position.at("line").get<int>() + 1) + ":" +
         std::to_string(position.at("character").get<int>() + 1);
}

}  // namespace

json ScriptRange::json() const {
  return {{"start", {{"line", line}, {"character", column}}},
          {"end", {{"line", end_line}, {"character", end_column}}}};
}

ScriptRange read_range(const std::string& text) {
  static const std::regex kShape(R"(([1-9]\d{0,6}):([1-9]\d{0,6})(?:-(?:([1-9]\d{0,6}):)?([1-9]\d{0,6}))?)");
  std::smatch match;
  if (!std::regex_match(text, match, kShape)) throw std::runtime_error("no place `line:column`: " + text);
  ScriptRange range;
  range.line = std::stoi(match[1]) - 1;
  range.column = std::stoi(match[2]) - 1;
  range.end_line = match[3].matched ? std::stoi(match[3]) - 1 : range.line;
  range.end_column = match[4].matched ? std::stoi(match[4]) - 1 : range.column;
  return range;
}

std::string written_range(const json& range) {
  const json& start = range.at("start");
  const json& end = range.at("end");
  if (start == end) return written(start);
  if (start.at("line") == end.at("line"))
    return written(start) + "-" + std::to_string(end.at("character").get<int>() + 1);
  return written(start) + "-" + written(end);
}

ScriptProblem read_problem(const std::string& text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string::npos) throw std::runtime_error("no `place: message`: " + text);
  ScriptProblem problem;
  problem.range = read_range(text.substr(0, colon));
  problem.message = text.substr(colon + 2);
  for (std::size_t at = 0; at < kSeverities.size(); ++at) {
    const std::string prefix = std::string(kSeverities[at]) + ": ";
    if (!problem.message.starts_with(prefix)) continue;
    problem.severity = static_cast<int>(at) + 1;
    problem.message.erase(0, prefix.size());
    break;
  }
  return problem;
}

std::string written_problem(const json& diagnostic) {
  const int severity = diagnostic.value("severity", 1);
  std::string prefix;
  if (severity >= 2 && severity <= 4)
    prefix = kSeverities[static_cast<std::size_t>(severity) - 1] + std::string(": ");
  std::string message = diagnostic.at("message").get<std::string>();
  std::ranges::replace(message, '\n', ' ');
  return written_range(diagnostic.at("range")) + ": " + prefix + message;
}

}  // namespace autofix::test
