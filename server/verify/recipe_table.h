// The table's columns. For recipe.cpp and the functions that the table names; everybody else wants recipe.h.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/verify/recipe.h"
#include "server/verify/recipe_places.h"

namespace autofix::verify {

struct Recipe;

/// Problems of one tool whose commands run in one folder.
struct Group {
  const Recipe& recipe;
  std::string folder;
  std::vector<const problems::Problem*> problems;
};

/// What the blanks of a command's template stand for: `{tests}` as a word of its own becomes all of the
/// words, within a word the first of them.
using Blanks = std::map<std::string, std::vector<std::string>, std::less<>>;

/// One command is made from a template for each element.
struct Filling {
  std::vector<Blanks> narrow;  ///< empty: a test's name cannot be selected, so only `wide` is run
  std::vector<Blanks> wide;
};

using Fill = tl::expected<Filling, std::string> (*)(const Project&, const Group&);

/// The folder that a problem's commands run in; empty for the root.
using Home = std::string (*)(const Project&, const problems::Problem&, const Recipe&);

struct Recipe {
  std::string_view name;

  /// What reports and language servers call it, in lower case, between bars: `|pytest|`.
  std::string_view sources;

  /// Endings of the files that it is about: `.py .pyi`.
  std::string_view endings;

  /// Any of these, beside the problem's file or in a folder above it, means that the tool is used: `go.mod`.
  /// With `~`, the file also has to hold the text after it; `{test}` is the test's own file. Empty: nothing
  /// is needed.
  std::string_view signs;

  Home home;
  Origin origin;  ///< where its program comes from
  Fill fill;

  /// Words between blanks. The first is the program, or several between bars: the first that is there is
  /// taken.
  std::string_view prepare;
  std::string_view narrow;
  std::string_view wide;
};

std::span<const Recipe> test_recipes();
std::span<const Recipe> diagnostic_recipes();

}  // namespace autofix::verify
