// What people and scripts read: results on stdout, everything else on stderr.
#pragma once

#include <string>
#include <string_view>

namespace autofix::cli {

/// Why a subcommand cannot go on: one line of cause, one of what to do next.
struct Failure {
  int exit_code = 2;
  std::string reason;  ///< stable code for --json: `usage`, `unreadable`, `untrusted`, …
  std::string cause;
  std::string next_step;
};

/// Prints both lines on stderr and returns the exit code.
int report(const Failure& failure);

/// On stderr, with control characters removed: texts of tools and models end up here.
void say(std::string_view line);

/// On stdout, every byte; false when the reader has gone.
bool write_out(std::string_view text);

/// For messages: `-` is standard input.
std::string name_of_input(const std::string& path);

/// The file's bytes, `-` is standard input; at most 64 MiB.
struct Input {
  std::string bytes;
  std::string error;  ///< empty when it was read
};
Input read_input(const std::string& path);

}  // namespace autofix::cli
