#include "tests/support/golden.h"

#include <algorithm>
#include <functional>
#include <sstream>

namespace autofix::test {

std::string updated(const std::string& text, std::vector<Golden> goldens) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  // From the end, so that the numbers of the lines before stay right.
  std::ranges::sort(goldens, std::ranges::greater{}, &Golden::first);
  for (const Golden& golden : goldens) {
    const auto first = lines.erase(lines.begin() + golden.first - 1, lines.begin() + golden.last);
    lines.insert(first, golden.lines.begin(), golden.lines.end());
  }
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

}  // namespace autofix::test
