// Rust, Go and Java: tests that are selected by their name within a package.
#include <algorithm>
#include <map>
#include <set>

#include "server/verify/recipe_fillings.h"
#include "server/verify/recipe_names.h"

namespace autofix::verify {
namespace {

using problems::Problem;

std::string_view after_last(std::string_view text, std::string_view separator) {
  const std::size_t at = text.rfind(separator);
  return at == std::string_view::npos ? text : text.substr(at + separator.size());
}

// Go
// ---------------------------------------------------------------------------------------------------------

std::string module_path(const Project& project, const Group& group) {
  const std::string& text = project.text_of(group.folder.empty() ? "go.mod" : group.folder + "/go.mod");
  const std::size_t line = text.find("module ");
  if (line == std::string::npos) return {};
  return text.substr(line + 7, text.find_first_of(" \r\n", line + 7) - line - 7);
}

struct GoTest {
  std::string package;  ///< import path; empty where the name does not say
  std::string name;     ///< empty: the whole package could not be run
};

/// `example.com/m/calc.TestA/part`, or the test's name alone with the package as its class.
GoTest go_test(const problems::TestFailure& test, const std::string& module) {
  const std::string_view name = test.name;
  if (!module.empty() && name.starts_with(module)) {
    for (const std::string_view start : {".Test", ".Example", ".Fuzz", ".Benchmark"}) {
      const std::size_t dot = name.find(start, module.size());
      if (dot != std::string_view::npos) return {test.name.substr(0, dot), test.name.substr(dot + 1)};
    }
    return {test.name, {}};
  }
  return {test.class_name, test.name};
}

/// `./calc` of an import path in the group's module; empty when it is no path there.
std::string go_argument(const std::string& package, const std::string& module) {
  if (module.empty() || !package.starts_with(module)) return {};
  const std::string below = package.substr(module.size());
  if (below.empty()) return ".";
  return below.starts_with('/') && is_identifier(below.substr(1), "./-~") ? "." + below : std::string();
}

/// The package that holds a file.
std::string go_package(const Project& project, const Group& group, const Problem& problem) {
  const auto file = find_test_file(project, problem, ".go");
  if (!file) return {};
  const std::string folder = as_argument(folder_of(file->path), group.folder);
  return folder == "." || folder.starts_with("./") ? folder : "./" + folder;
}

/// `TestA/with_blank` is selected level by level.
std::string go_pattern(std::string_view name) {
  std::string pattern;
  for (const std::string_view level : split(name, '/')) {
    pattern += (pattern.empty() ? "^" : "/^") + escaped(level) + "$";
  }
  return pattern;
}

// Java
// ---------------------------------------------------------------------------------------------------------

struct JavaTest {
  std::string class_name;
  std::string method;  ///< empty: the whole class failed
};

/// `adds(demo.CalcTest)`, `demo.CalcTest.adds`, `demo.CalcTest#adds`, or class and method apart; parameters
/// of a run do not count.
std::optional<JavaTest> java_test(const problems::TestFailure& test) {
  std::string name = test.name;
  JavaTest found{test.class_name, {}};
  const std::size_t open = name.find('(');
  if (open != std::string::npos && name.ends_with(')') && found.class_name.empty() &&
      name.find('.', open) != std::string::npos) {
    found.class_name = name.substr(open + 1, name.size() - open - 2);
  }
  name = name.substr(0, name.find_first_of("([{"));
  while (name.ends_with(' ')) name.pop_back();
  if (const std::size_t end = name.find_last_of("#."); end != std::string::npos) {
    if (found.class_name.empty()) found.class_name = name.substr(0, end);
    name = name.substr(end + 1);
  }
  if (name != found.class_name && name != after_last(found.class_name, ".")) found.method = name;
  const bool usable =
      is_identifier(found.class_name, ".$") && (found.method.empty() || is_identifier(found.method, "$"));
  return usable ? std::optional(found) : std::nullopt;
}

}  // namespace

tl::expected<Filling, std::string> cargo_tests(const Project& project, const Group& group) {
  Blanks blanks = {{"exact", {"--exact"}}};
  bool all_known = true;
  for (const Problem* problem : group.problems) {
    std::string name = problem->test->name;
    // A documentation test's name holds blanks: `src/lib.rs - add (line 3)`.
    if (!is_plain(name) || !is_identifier(name.substr(0, 1), "")) {
      all_known = false;
      continue;
    }
    // `crate::tests::adds` is not how libtest calls it, and `crate$tests::adds` is how nextest does.
    if (const std::size_t dollar = name.find('$'); dollar != std::string::npos) name.erase(0, dollar + 1);
    if (name.starts_with("crate::")) name.erase(0, 7);
    // Without its modules a unit test is found as a part of a name only.
    const auto file = find_test_file(project, *problem, ".rs");
    const bool in_source = file && file->path.find("src/") != std::string::npos;
    if (in_source && name.find("::") == std::string::npos) blanks["exact"].clear();
    blanks["tests"].push_back(std::move(name));
  }
  return Filling{all_known ? std::vector<Blanks>{blanks} : std::vector<Blanks>{}, {{}}};
}

tl::expected<Filling, std::string> go_tests(const Project& project, const Group& group) {
  const std::string module = module_path(project, group);
  std::map<std::string, std::vector<std::string>> whole;  // top-level tests by package
  Filling filling{{}, {{}}};
  for (const Problem* problem : group.problems) {
    const GoTest test = go_test(*problem->test, module);
    std::string package = go_argument(test.package, module);
    if (package.empty()) package = go_package(project, group, *problem);
    if (package.empty()) package = "./...";
    if (test.name.empty()) {
      filling.narrow.push_back({{"pattern", {"."}}, {"packages", {package}}});
    } else if (!is_plain(test.name) || test.name.starts_with('/')) {
      return Filling{{}, {{}}};
    } else if (test.name.find('/') == std::string::npos) {
      whole[package].push_back(escaped(test.name));
    } else {
      filling.narrow.push_back({{"pattern", {go_pattern(test.name)}}, {"packages", {package}}});
    }
  }
  for (const auto& [package, names] : whole) {
    filling.narrow.push_back({{"pattern", {any_of(names)}}, {"packages", {package}}});
  }
  return filling;
}

tl::expected<Filling, std::string> go_packages(const Project& project, const Group& group) {
  Blanks narrow;
  for (const Problem* problem : group.problems) {
    const std::string package = go_package(project, group, *problem);
    if (package.empty()) return tl::unexpected(std::string("the project has no such file"));
    auto& packages = narrow["packages"];
    if (std::ranges::find(packages, package) == packages.end()) packages.push_back(package);
  }
  return Filling{{narrow}, {{}}};
}

tl::expected<Filling, std::string> maven_tests(const Project& project, const Group& group) {
  std::map<std::string, std::set<std::string>> methods;  // by class
  std::set<std::string> modules;
  bool all_known = true;
  for (const Problem* problem : group.problems) {
    const auto file = find_test_file(project, *problem, group.recipe.endings);
    if (file) modules.insert(nearest_sign(project, file->path, "pom.xml", "").value_or(""));
    const auto test = java_test(*problem->test);
    if (!test) {
      all_known = false;
      continue;
    }
    auto& of_class = methods[test->class_name];
    if (!test->method.empty()) of_class.insert(test->method);
  }
  std::string tests;
  for (const auto& [class_name, names] : methods) {
    tests += (tests.empty() ? "" : ",") + class_name;
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "#" : "+") + name;
    tests += list;
  }
  Blanks blanks;
  // With the modules that these need, for nothing of the project is installed.
  const bool at_top = project.files.exists("pom.xml");
  if (modules.size() == 1 && at_top && !modules.begin()->empty()) {
    blanks["module"] = {"--projects=" + *modules.begin(), "--also-make"};
  } else if (modules.size() == 1 && !at_top) {
    blanks["module"] = {"--file=" + as_argument(*modules.begin(), "") + "/pom.xml"};
  }
  Filling filling{{}, {blanks}};
  blanks["tests"] = {tests};
  if (all_known) filling.narrow.push_back(std::move(blanks));
  return filling;
}

tl::expected<Filling, std::string> gradle_tests(const Project&, const Group& group) {
  Blanks blanks;
  for (const Problem* problem : group.problems) {
    const auto test = java_test(*problem->test);
    if (!test) return Filling{{}, {{}}};
    blanks["tests"].push_back("--tests=" + test->class_name +
                              (test->method.empty() ? "" : "." + test->method));
  }
  return Filling{{blanks}, {{}}};
}

}  // namespace autofix::verify
