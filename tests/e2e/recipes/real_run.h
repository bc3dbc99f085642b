// A small real project with one thing wrong, the problem as a report spells it, and the commands that the
// recipes find for it, run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/verify/recipe.h"
#include "tests/server/verify/recipe_cases.h"
#include "tests/server/verify/scratch.h"

namespace autofix::verify::test {

struct RealCase {
  const char* needs;  ///< a program, for the case to run at all
  Files files;
  std::vector<std::string> set_up;  ///< commands that people run once in such a project
  problems::Problem problem;
  std::string asked;    ///< what the narrow run names…
  std::string another;  ///< …and what only the wide run does; empty where the tool has no narrow run
  Files fixed;
};

/// Checks that the recipe `row` is found; that its narrow run fails and names just what was asked for, its
/// wide run fails and names all; and that both pass with the fixed files.
void check_for_real(const std::string& row, const RealCase& real);

/// The steps of it, for a project with more than one thing wrong.
class RealProject {
 public:
  explicit RealProject(const RealCase& real);

  /// Everything a run printed, and whether it passed.
  struct Run {
    bool passed = true;
    std::string output;
  };
  Run run(const Proof& proof, const std::vector<Command>& commands) const;
  Proof proof_for(const problems::Problem& problem) const;
  void write(const Files& files) const;

 private:
  autofix::test::Scratch folder_;
};

/// False, with the word that counts for ctest, where the program is not installed.
bool is_installed(const char* program);

}  // namespace autofix::verify::test
