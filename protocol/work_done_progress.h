// Server-side work-done progress (LSP 3.17, "Work Done Progress"): begin, reports, end, in this order and
// each end once.
#pragma once

#include <mutex>
#include <string>

#include "protocol/json_rpc.h"
#include "protocol/transport.h"

namespace autofix::protocol {

/// Thread-safe. Reports before begin() are kept back, so that a token the client has not agreed to stays
/// unused.
class WorkDoneProgress {
 public:
  WorkDoneProgress(Sender& sender, Json token) : sender_(sender), token_(std::move(token)) {}
  ~WorkDoneProgress() { end(""); }
  WorkDoneProgress(const WorkDoneProgress&) = delete;
  WorkDoneProgress& operator=(const WorkDoneProgress&) = delete;

  void begin(const std::string& title);
  void report(const std::string& message);
  void end(const std::string& message);

 private:
  enum class State { waiting, begun, ended };
  void send(Json value);

  Sender& sender_;
  Json token_;
  std::mutex mutex_;
  State state_ = State::waiting;
  std::string last_;
};

}  // namespace autofix::protocol
