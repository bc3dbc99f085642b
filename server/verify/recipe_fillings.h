// What needs thought beyond a row of the table: how a tool's tests are named where it selects them, and which
// files its command needs. Grouped by language, one .cpp each.
#pragma once

#include "server/verify/recipe_table.h"

namespace autofix::verify {

// Where the commands run.
std::string at_root(const Project& project, const problems::Problem& problem, const Recipe& recipe);
/// The nearest folder with one of the row's signs, else the root.
std::string at_sign(const Project& project, const problems::Problem& problem, const Recipe& recipe);
/// The folder from which the report spelled its paths.
std::string where_reported(const Project& project, const problems::Problem& problem, const Recipe& recipe);
/// The `directory` of the file's entry in compile_commands.json.
std::string where_compiled(const Project& project, const problems::Problem& problem, const Recipe& recipe);

// Every tool: {files}, those of the diagnostics.
tl::expected<Filling, std::string> asked_files(const Project& project, const Group& group);
tl::expected<Filling, std::string> nothing(const Project& project, const Group& group);

// Python: {tests}, {start} and {top} folder of a discovery, {file} and {test}; {files}.
tl::expected<Filling, std::string> pytest_ids(const Project& project, const Group& group);
tl::expected<Filling, std::string> unittest_names(const Project& project, const Group& group);
tl::expected<Filling, std::string> mypy_files(const Project& project, const Group& group);

// JavaScript and TypeScript: {pattern}, {files}, {script}: what package.json's test script tells the tool;
// {tsconfig}.
tl::expected<Filling, std::string> test_pattern(const Project& project, const Group& group);
tl::expected<Filling, std::string> node_pattern(const Project& project, const Group& group);
tl::expected<Filling, std::string> tsconfigs(const Project& project, const Group& group);

// C and C++: {build} folder and {pattern}; {executable} and {tests}; {compile}: a file's whole command;
// {files}.
tl::expected<Filling, std::string> ctest_pattern(const Project& project, const Group& group);
tl::expected<Filling, std::string> catch2_tests(const Project& project, const Group& group);
tl::expected<Filling, std::string> gtest_filter(const Project& project, const Group& group);
tl::expected<Filling, std::string> compile_commands(const Project& project, const Group& group);
tl::expected<Filling, std::string> tidied_files(const Project& project, const Group& group);

// Rust, Go, Java: {tests}, {exact}; {pattern}, {packages}; {tests}, {module}.
tl::expected<Filling, std::string> cargo_tests(const Project& project, const Group& group);
tl::expected<Filling, std::string> go_tests(const Project& project, const Group& group);
tl::expected<Filling, std::string> go_packages(const Project& project, const Group& group);
tl::expected<Filling, std::string> maven_tests(const Project& project, const Group& group);
tl::expected<Filling, std::string> gradle_tests(const Project& project, const Group& group);

/// The group's files as arguments; the error names the one that is not there.
tl::expected<std::vector<std::string>, std::string> files_of(const Project& project, const Group& group);

}  // namespace autofix::verify
