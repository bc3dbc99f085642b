// Children of the bench: programs that talk over their standard input and output, and end when their input
// does.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace autofix::bench {

struct Spawned {
  pid_t pid = -1;
  int to_child = -1;
  int from_child = -1;
};

/// The environment is PATH and what is given; standard error goes to `error_file`. Throws when there is no
/// such program.
Spawned spawn_with_pipes(std::vector<std::string> argv, std::vector<std::string> environment,
                         const char* error_file = "/dev/null");

/// A child that is asked and answers in lines.
class LineChild {
 public:
  LineChild(std::vector<std::string> argv, std::vector<std::string> environment);
  /// Closes its input and waits for its end.
  ~LineChild();
  LineChild(const LineChild&) = delete;
  LineChild& operator=(const LineChild&) = delete;

  void write_line(const std::string& line) const;
  /// Throws when the child ended instead.
  std::string read_line();
  pid_t pid() const { return child_.pid; }

 private:
  std::string name_;
  Spawned child_;
  std::string buffer_;
};

/// Resident memory in MB, as /proc says.
double resident_megabytes(pid_t pid);

/// CPU time that a process has used, all of its threads, in milliseconds.
double cpu_milliseconds(pid_t pid);

}  // namespace autofix::bench
