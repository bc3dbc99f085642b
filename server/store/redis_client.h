// Speaks Redis: logs in, sends commands, reads replies, connects again once when the connection was lost.
// Keeps no state but the connection; what is stored how is RedisStorage's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/redis_socket.h"
#include "server/store/storage.h"
#include "server/store/store_url.h"

namespace autofix::store {

struct RedisOptions {
  RedisEndpoint endpoint;
  std::string ca_file;
  std::function<std::string(const std::string&)> secret;
  std::function<tl::expected<std::vector<std::string>, std::string>(const std::string&,
                                                                    providers::SteadyTime)>
      look_up;
  providers::Milliseconds connect{1'000};
  providers::Milliseconds command{1'000};
  providers::Milliseconds total{2'000};
};

struct RedisReply {
  enum class Kind { nothing, text, number, list };
  Kind kind = Kind::nothing;
  std::string text;
  std::int64_t number = 0;
  std::vector<RedisReply> list;
};

using RedisCommand = std::vector<std::string>;

class RedisClient {
 public:
  explicit RedisClient(RedisOptions options);
  ~RedisClient();

  /// Starts the time that all following calls have together.
  void begin();
  bool is_out_of_time() const;

  Kept<RedisReply> call(const RedisCommand& command);
  /// A Lua script by its hash, sent whole only when the server does not know it. After a lost connection a
  /// script may run twice.
  Kept<RedisReply> run(const std::string& script, const std::vector<std::string>& keys,
                       const std::vector<std::string>& arguments);

 private:
  struct Peer;
  using Answers = tl::expected<std::vector<RedisReply>, NetFault>;

  Kept<void> connect();
  tl::expected<RedisSocket, NetFault> open_socket(RedisSocket::Deadline deadline) const;
  Kept<void> log_in(RedisSocket::Deadline deadline);
  tl::expected<RedisReply, NetFault> exchange(const RedisCommand& command, RedisSocket::Deadline deadline);
  RedisSocket::Deadline within(providers::Milliseconds limit) const;
  Trouble unreachable(const std::string& why) const;
  Trouble refused(const std::string& why) const;

  RedisOptions options_;
  std::unique_ptr<Peer> peer_;
  RedisSocket::Deadline deadline_{};
  std::string password_;              // of the last login, to keep it out of messages
  std::optional<std::string> error_;  // the server's word on the last exchanged command
};

}  // namespace autofix::store
