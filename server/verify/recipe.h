// Which commands show whether a problem is there. The knowledge is one table of data, recipe_table.cpp: which
// files mean that a tool is used here, its command, how just one test is run, and how what it prints is read.
// Nothing here runs anything.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/project_files.h"
#include "server/problems/problem.h"
#include "server/problems/test_report.h"
#include "server/verify/run_command.h"

namespace autofix::verify {

/// Everything that a command's output says.
using ReadOutput = problems::TestReport (*)(std::string_view output, int exit_status);

/// How to find out whether some problems are there. Commands run in the project's root.
struct Proof {
  std::string recipe;             ///< name of the row: `pytest`, `tsc`, …
  std::optional<Command> narrow;  ///< just the asked-for tests or files, where the tool can
  Command wide;                   ///< the file's or suite's: what must not get worse
  ReadOutput read = nullptr;
};

/// True when a program of that name can be run here: on PATH, or a path below the root that is executable.
using HasProgram = std::function<bool(std::string_view program)>;

/// One proof for each tool that the problems need; a problem is matched by its `source` (diagnostics) or by
/// its test's framework: the report's source, the test's name and file, and the files of the project. The
/// error is one sentence: for which problem there is no recipe, and why.
tl::expected<std::vector<Proof>, std::string> find_proofs(const std::vector<problems::Problem>& problems,
                                                          const fix::ProjectFiles& files,
                                                          const HasProgram& has_program);

}  // namespace autofix::verify
