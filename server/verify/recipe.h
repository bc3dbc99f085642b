// Which commands show whether a problem is there. The knowledge is one table of data, recipe_table.cpp: which
// files mean that a tool is used here, its command, how just one test is run, and how what it prints is read.
// Nothing here runs anything, and nothing here needs a shell or the network.
#pragma once

#include <filesystem>
#include <functional>
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

/// How to find out whether some problems are there.
struct Proof {
  std::string recipe;  ///< name of the row: `pytest`, `tsc`, …

  /// Where the commands run: a folder below the root, empty for the root itself. Tools print paths relative
  /// to it.
  std::string folder;

  /// Run first, in this order: builds what the tests need. The first that fails ends the run, and what it
  /// printed is the result.
  std::vector<Command> prepare;

  /// Just the asked-for tests or files. All are run, whatever the others' exit status, and their outputs
  /// belong together; tests pass when every one exits 0, while a linter's warning may leave 0 and is in the
  /// output alone. Empty where the tool or a problem's name does not allow it: then `wide` has to do.
  std::vector<Command> narrow;

  /// The file's or suite's: what must not get worse. Run like `narrow`; never empty.
  std::vector<Command> wide;

  ReadOutput read = nullptr;  ///< never null in a proof that was found
};

/// True when a program of that name can be run here: on PATH, or a path below the root that is executable.
using HasProgram = std::function<bool(std::string_view program)>;

/// Looks on this machine's PATH, its absolute entries as run_command does, and below `root`.
HasProgram programs_here(std::filesystem::path root);

/// One proof for each tool and folder that the problems need; a problem is matched by its `source`
/// (diagnostics) or by its test's framework: the report's source, the test's name and file, and the files of
/// the project. A name or path that could be taken for an option, or that holds control characters, is in no
/// command. The error is one sentence: for which problem there is no recipe, and why.
tl::expected<std::vector<Proof>, std::string> find_proofs(const std::vector<problems::Problem>& problems,
                                                          const fix::ProjectFiles& files,
                                                          const HasProgram& has_program);

}  // namespace autofix::verify
