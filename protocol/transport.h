// Messages over two descriptors. Reading happens on one thread, which also sleeps here; writing goes through
// a queue to a thread of its own, so that a client that does not read never blocks anyone.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "protocol/framing.h"

namespace autofix::protocol {

/// Takes whole message bodies from any thread. What replies and notifications are sent through.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual void send(std::string body) = 0;
};

class Transport final : public Sender {
 public:
  Transport(int input, int output);
  /// Writes what is queued, for at most a second, and ends the writer.
  ~Transport() override;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Thread-safe; never blocks. After the client has gone, messages are dropped.
  void send(std::string body) override;

  /// Makes next() return Woken. Thread-safe.
  void wake();

  /// When this process ends, the input counts as closed (LSP 3.17, InitializeParams.processId).
  void watch_process(int pid);

  struct Woken {};
  struct Closed {};
  using Event = std::variant<std::string, FrameError, Woken, Closed>;

  /// Waits for the next event. Only for the reading thread.
  Event next();

 private:
  void write_all();
  /// False when the client has gone or the transport ends.
  bool write_message(std::string_view bytes);

  int input_;
  int output_;
  int wake_event_;
  int end_event_;
  int process_ = -1;
  FrameReader frames_;
  bool input_closed_ = false;

  std::mutex mutex_;
  std::condition_variable queued_;
  std::condition_variable drained_;
  std::deque<std::string> queue_;
  bool writing_ = false;
  bool ending_ = false;
  bool broken_ = false;
  std::thread writer_;
};

}  // namespace autofix::protocol
