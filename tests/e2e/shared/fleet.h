// Several real processes (driver/chain_driver.cpp) on one store: started, asked, killed and replaced.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/server/store/store_rig.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_provider.h"

namespace autofix::test {

/// `sqlite` or `redis`, in a folder of its own.
class SharedStore {
 public:
  explicit SharedStore(const std::string& implementation);
  std::string url() const { return redis_ ? redis_->socket_url() : "sqlite:"; }
  const std::filesystem::path& state() const { return state_; }
  /// As a process of its own would open it.
  store::Store open() const;
  std::string document(const std::string& key) const;
  RedisServer& redis() { return *redis_; }

 private:
  TempFolder folder_;
  std::filesystem::path state_;
  std::unique_ptr<RedisServer> redis_;
};

/// Says so in the way that makes a test count as skipped.
bool redis_is_missing();

/// One chain_driver.
class Member {
 public:
  explicit Member(const nlohmann::json& config);
  void ask();
  /// Its next line; fails the test when none comes within a minute.
  nlohmann::json answer();
  bool is_asking() const { return asking_; }
  void kill_now();
  int output() const { return process_->output(); }
  /// Closes its input and waits for its end.
  int end();

 private:
  std::string line();
  std::unique_ptr<ChildProcess> process_;
  std::string buffer_;
  bool asking_ = false;
};

/// Whose answers can be read, after at most `time`; those that ask are waited for.
std::vector<Member*> answered(std::vector<Member>& members,
                              std::chrono::microseconds time = std::chrono::seconds(60));

nlohmann::json config_of(const SharedStore& store, const nlohmann::json& links);
nlohmann::json link(const std::string& name, const std::string& base_url);

using Trail = std::vector<std::string>;
Trail trail_of(const nlohmann::json& answer);

}  // namespace autofix::test
