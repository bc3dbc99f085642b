// Runs a real program in a folder and waits for it: for the tests that ask patch(1) and git whether they
// agree. No shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace autofix::text {

struct ToolResult {
  int exit_status = -1;  ///< -1: it could not run or died from a signal
  std::string output;    ///< both streams
};

ToolResult run_tool(const std::vector<std::string>& arguments, const std::filesystem::path& folder);

/// A new folder below the system's temporary one, removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace autofix::text
