// State in a Redis server that machines share. Every key begins with `autofix:`; every write is one script,
// so it is atomic and costs one round trip. Deliberately not for Redis Cluster: scripts touch keys that they
// compute.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "server/store/redis_client.h"
#include "server/store/storage.h"

namespace autofix::store {

class RedisStorage final : public Storage {
 public:
  RedisStorage(RedisOptions options, std::shared_ptr<const providers::Clock> clock);

  Kept<std::vector<std::string>> read(std::span<const std::string> keys) override;
  Kept<std::string> update(const std::string& key, const Change& change) override;
  Kept<std::optional<fix::CachedFix>> find(std::span<const std::string> keys,
                                           providers::WallTime not_before) override;
  Kept<void> store(const fix::CachedFix& fix) override;
  Kept<void> drop(const std::string& key) override;
  Kept<int> clear() override;
  Kept<void> record(const fix::LoggedFix& fix) override;
  Kept<std::vector<fix::LoggedFix>> since(providers::WallTime time) override;

 private:
  RedisClient client_;
  std::shared_ptr<const providers::Clock> clock_;
  std::map<std::string, std::string> seen_;  // documents as last seen: a first guess for update()
};

}  // namespace autofix::store
