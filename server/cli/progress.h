// Progress of long work on a terminal: link, step, seconds. Silent where stderr is none.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace autofix::cli {

/// Redraws one line of the terminal and wipes it at its end. Thread-safe.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::string text);

 private:
  void draw();

  bool terminal_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace autofix::cli
