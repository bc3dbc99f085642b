// Lines of a test's file that say what has to come, and their rewriting to what came.
#pragma once

#include <string>
#include <vector>

namespace autofix::test {

/// What the lines `first` to `last`, counted from one, would have to be for the test to pass.
struct Golden {
  int first = 0;
  int last = 0;
  std::vector<std::string> lines;
};

/// The file's text with these lines in the place of the old ones. No two goldens overlap.
std::string updated(const std::string& text, std::vector<Golden> goldens);

}  // namespace autofix::test
