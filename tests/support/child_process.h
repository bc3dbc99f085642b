// A child with pipes: what end-to-end tests start. Ended by its pid, always.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace autofix::test {

struct ChildOptions {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< the whole of it
  std::filesystem::path folder;
  std::filesystem::path error_file;  ///< where stderr goes
};

class ChildProcess {
 public:
  explicit ChildProcess(const ChildOptions& options);
  /// Kills it when it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  int input() const { return input_; }    ///< to write to
  int output() const { return output_; }  ///< to read from
  void close_input();
  void kill_now(int signal);
  /// The exit code, 128 + signal, or -1 when it does not end in time.
  int wait(int seconds = 30);

  std::size_t threads() const;
  std::size_t descriptors() const;
  std::size_t pipes() const;  ///< descriptors without a path: pipes, events, other processes; no sockets
  std::size_t children() const;

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int exit_code_ = -1;
  bool ended_ = false;
};

struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// Runs to the end; `input` is its standard input.
Ran run_child(const ChildOptions& options, const std::string& input = {});

/// A folder of its own, gone with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

/// From the environment that ctest sets; throws without it.
std::string autofix_binary();

}  // namespace autofix::test
