// What the recipes' tests share: a project in memory, the programs that are there, and problems as reports
// spell them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/verify/recipe.h"

namespace autofix::verify::test {

using Files = std::map<std::string, std::string, std::less<>>;

struct World {
  Files files;
  std::set<std::string, std::less<>> programs;
};

tl::expected<std::vector<Proof>, std::string> find_in(const World& world,
                                                      const std::vector<problems::Problem>& problems);

/// The proofs one below the other, commands as a person would type them:
/// `pytest in backend`, `  prepare: …`, `  narrow: …`, `  wide: …`. An error is its sentence.
std::string shown(const tl::expected<std::vector<Proof>, std::string>& proofs);

problems::Problem failing_test(std::string source, std::string name, std::string class_name = {},
                               std::string path = {});
problems::Problem diagnostic(std::string source, std::string path);

}  // namespace autofix::verify::test
