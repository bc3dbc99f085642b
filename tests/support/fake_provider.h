// Stand-ins for the vendors' servers on a real loopback socket. They check requests as the vendors do, answer
// with bodies of the vendors' shapes, record every byte, and misbehave on request. The product never knows
// about them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace autofix::test {

enum class Vendor { gemini, groq, openai, anthropic };
std::optional<Vendor> vendor_named(const std::string& name);

/// What one request is answered with.
struct FakeStep {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds delay{0};    ///< before the first byte
  std::optional<std::size_t> cut_at;     ///< close after that many bytes of the whole response
  bool stall = false;                    ///< never answer: hold the connection until the client closes it
  std::chrono::milliseconds trickle{0};  ///< between single bytes
  bool reset = false;                    ///< close with RST instead of an answer
  std::optional<std::size_t>
      stall_after;  ///< hold the connection after that many events, or bytes of a plain reply

  bool hold = false;                ///< answer only after release()
  std::optional<int> request_pool;  ///< so many answers in a window, counted over all connections; then 429

  bool is_completion = false;  ///< a vendor's 200: sent as a stream when the request asks for one
  bool stream = true;          ///< false: a server that knows no streaming answers it plain
  std::optional<std::size_t> stream_cut_after;  ///< close after that many events
  std::string stream_error;                     ///< an error event with this text instead of the end
  bool no_end = false;                          ///< end the stream cleanly without its end marker
};

/// A step from a script's item: `{"preset": "quota_per_day"}`, `{"ok": "text"}`, `{"status": …, "headers":
/// {…}, "body": …}`; each may carry `delayMs`, `cutAt`, `stall`, `stallAfter`, `trickleMs`, `reset`,
/// `hold`, `pool`, and for streamed replies `streamCutAfter`, `streamError`, `noEnd`, `stream: false`. Throws
/// on an unknown preset.
FakeStep fake_step(Vendor vendor, const nlohmann::json& item);
std::vector<FakeStep> fake_script(Vendor vendor, const nlohmann::json& items);

struct RecordedRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::string bytes;  ///< the whole request as it came
};

/// Threads end and sockets close with the object.
class FakeProvider {
 public:
  /// Steps are used in order, the last one again and again.
  FakeProvider(Vendor vendor, std::vector<FakeStep> steps);
  ~FakeProvider();
  FakeProvider(const FakeProvider&) = delete;
  FakeProvider& operator=(const FakeProvider&) = delete;

  /// What a link's `baseUrl` has to be.
  std::string base_url() const;
  int port() const { return port_; }

  /// Completion requests only, not model lists.
  std::vector<RecordedRequest> requests() const;
  /// All bytes that were ever sent here.
  std::string all_bytes() const;
  /// Lets the answers go that are held, from now on.
  void release();
  /// A new window of every request pool begins.
  void refill();
  /// Answers with this status so far.
  std::size_t answered_with(int status) const;
  /// False when `count` completion requests did not come in time.
  bool wait_for_requests(std::size_t count, std::chrono::milliseconds time = std::chrono::seconds(20)) const;
  /// False when a stalled connection was not closed by the client in time.
  bool wait_for_hang_ups(std::size_t count, std::chrono::milliseconds time = std::chrono::seconds(20)) const;

 private:
  void accept_all();
  void serve(int socket);
  /// False when the connection is to be closed.
  bool answer(int socket, RecordedRequest request);
  FakeStep step_for(const RecordedRequest& request);
  bool write_bytes(int socket, const FakeStep& step, const std::string& bytes);
  void wait_for_hang_up(int socket);
  void wait_for_release();

  Vendor vendor_;
  std::vector<FakeStep> steps_;
  int listener_ = -1;
  int port_ = 0;
  int end_event_ = -1;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::size_t next_step_ = 0;
  std::vector<RecordedRequest> requests_;
  std::string all_bytes_;
  std::size_t hang_ups_ = 0;
  bool released_ = false;
  int taken_from_pool_ = 0;
  std::map<int, std::size_t> statuses_;  ///< of completions
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace autofix::test
