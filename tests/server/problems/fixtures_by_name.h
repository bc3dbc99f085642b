// The recorded reports, by their names in fixtures/.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/catch.h"

namespace autofix::problems {

inline std::string fixture(const std::string& name) {
  std::ifstream in("tests/server/problems/fixtures/" + name, std::ios::binary);  // ctest starts at the root
  INFO(name);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace autofix::problems
