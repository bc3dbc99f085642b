// What a fix is doing, for the one who waits: the step and the seconds, from the first moment until the end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "protocol/work_done_progress.h"

namespace autofix::lsp {

/// Thread-safe. Its own thread tells the seconds as they pass, so that a provider that says nothing does not
/// look like a server that hangs.
class FixProgress {
 public:
  FixProgress(protocol::Sender& sender, protocol::Json token);
  /// Ends the progress where end() has not.
  ~FixProgress() = default;

  /// The client knows the token: what was said until now is shown, too.
  void begin(const std::string& title) { progress_.begin(title); }
  void step(std::string message);
  /// By one thread. Nothing is told any more when it returns.
  void end();

 private:
  void tell_seconds(const std::stop_token& stop);
  std::string text() const;

  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  protocol::WorkDoneProgress progress_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string message_;
  std::jthread ticking_;  // the last member: it uses the others
};

}  // namespace autofix::lsp
