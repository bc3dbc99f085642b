// Ctrl-C and SIGTERM as a stop token.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace autofix::cli {

/// Made before any other thread, so that the signals reach only its own. A second signal ends the process at
/// once.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  /// 130 or 143 after a signal, else 0.
  int exit_code() const { return exit_code_; }

 private:
  void wait();

  std::stop_source stop_;
  std::atomic<int> exit_code_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace autofix::cli
