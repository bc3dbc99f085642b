// What the store's tests are made of: implementations by name, a clock that is set by hand, a real Redis
// server, and notices as a list.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/redis_client.h"
#include "server/store/store.h"
#include "tests/support/child_process.h"

namespace autofix::test {

class HandClock final : public providers::Clock {
 public:
  providers::Now now() const override;
  void advance(std::chrono::seconds by) { passed_ += by.count(); }

 private:
  const providers::Now start_{std::chrono::system_clock::now(), std::chrono::steady_clock::now()};
  std::atomic<std::int64_t> passed_ = 0;
};

/// Copies share one list.
class Notes {
 public:
  std::function<void(std::string)> writer() const;
  std::vector<std::string> all() const;

 private:
  struct List {
    std::mutex mutex;
    std::vector<std::string> notices;
  };
  std::shared_ptr<List> list_ = std::make_shared<List>();
};

bool has_redis();

/// /usr/bin/redis-server that keeps nothing on disk, on a unix socket and on a free loopback port.
class RedisServer {
 public:
  /// `more`: further arguments.
  explicit RedisServer(std::vector<std::string> more = {});
  void start();
  void stop();  ///< SIGTERM, and waits for its end
  void signal(int number) { process_->kill_now(number); }

  std::string socket_url() const { return "redis+unix:" + (folder_.path() / "socket").string(); }
  std::string port() const { return std::to_string(port_); }
  /// A client of the server that knows nothing of stores.
  std::unique_ptr<store::RedisClient> raw_client() const;

 private:
  std::vector<std::string> more_;
  TempFolder folder_;
  int port_ = 0;
  std::optional<ChildProcess> process_;
};

/// All that a server holds, keys and values.
std::string everything(store::RedisClient& client);

/// One kind of store with all it needs, to be opened as often as a test likes.
class StoreRig {
 public:
  explicit StoreRig(std::string_view implementation);
  store::StoreOptions options() const;
  store::Store open() const { return store::open_store(options()); }
  bool is_shared() const { return implementation_ != "memory"; }

  TempFolder folder;
  std::shared_ptr<HandClock> clock = std::make_shared<HandClock>();
  Notes notes;
  std::optional<RedisServer> redis;

 private:
  std::string implementation_;
};

/// Runs `body` in a forked child and gives back what it returns as exit code; 255 for an exception.
class Forked {
 public:
  explicit Forked(const std::function<int()>& body);
  ~Forked();
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;
  int wait();
  void kill_now();

 private:
  pid_t pid_ = -1;
};

fix::CachedFix cached(const std::string& key, const std::string& reply, providers::WallTime stored);
fix::LoggedFix logged(const std::string& link, providers::WallTime at);

/// Adds one to a document that holds a number.
std::string plus_one(std::string_view document);
std::string read_one(const store::Store& store, const std::string& key);
std::string write_one(const store::Store& store, const std::string& key, const std::string& bytes);

}  // namespace autofix::test
