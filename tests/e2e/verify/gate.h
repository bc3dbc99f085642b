// Lets a test and a command inside a sandbox meet without sleeping: a named pipe in the build tree, which the
// sandbox shows as it is (what lies below /tmp and HOME it shows through layers, where pipes lead nowhere).
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

namespace autofix::test {

class Gate {
 public:
  Gate();
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  std::string path() const { return (folder_ / "pipe").string(); }

  /// Waits for a command that opens the pipe to read; false once nobody will.
  bool wait_for_reader();
  /// One line for the reader, then waits until it has closed the pipe; false when it does not.
  bool let_go();
  /// The same without a line: until the reader is gone for another reason.
  bool wait_for_end();
  /// Nobody will come any more; for another thread than the one that waits.
  void give_up();

  /// From now on each reader gets one byte of `bytes`, in order, without waiting.
  void fill(const std::string& bytes);

 private:
  std::filesystem::path folder_;
  int writer_ = -1;
  std::atomic<bool> given_up_ = false;
  std::atomic<int> stand_in_ = -1;  ///< a reader that only wakes who waits
};

/// False, said to ctest, where the build tree lies below what the sandbox covers with layers.
bool has_gates();

}  // namespace autofix::test
