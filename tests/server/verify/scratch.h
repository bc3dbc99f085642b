// A folder of a test's own, and what tests of processes look at: children, descriptors, who still lives.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>

#include "server/verify/run_command.h"

namespace autofix::test {

class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view text) const;
  std::string read(const std::string& name) const;
  /// Every file and folder with its mode and bytes, to compare before and after.
  std::string everything() const;

 private:
  std::filesystem::path path_;
};

/// Asks for a stop once a child has written something into the named pipe `ready` of `folder`.
class StopWhenReady {
 public:
  explicit StopWhenReady(const Scratch& folder);
  ~StopWhenReady();
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::filesystem::path pipe_;
  std::stop_source source_;
  std::thread thread_;
};

/// A limit that no test waits for.
verify::CommandLimits roomy();

/// Runs what must start.
verify::CommandResult run(const verify::Command& command, const Scratch& folder,
                          const verify::CommandLimits& limits = roomy(), std::stop_token stop = {});

/// Runs `text` in a shell, whether it needs one or not.
verify::Command shell(const std::string& text);

/// Whether a process runs; one that only waits to be reaped does not.
bool alive(pid_t pid);
bool has_children();
std::size_t open_descriptors();
std::size_t thread_count();

/// Checks at its end that the test left nothing in this process.
class NothingLeft {
 public:
  NothingLeft() : descriptors_(open_descriptors()), threads_(thread_count()) {}
  ~NothingLeft();
  NothingLeft(const NothingLeft&) = delete;
  NothingLeft& operator=(const NothingLeft&) = delete;

 private:
  std::size_t descriptors_;
  std::size_t threads_;
};

}  // namespace autofix::test
