// State that lives as long as the process: for `memory:`, and what a store in trouble is replaced by. The
// fields are open because FallbackStore gives back what was kept here meanwhile.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "server/store/storage.h"

namespace autofix::store {

class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(std::shared_ptr<const providers::Clock> clock) : clock_(std::move(clock)) {}

  Kept<std::vector<std::string>> read(std::span<const std::string> keys) override;
  Kept<std::string> update(const std::string& key, const Change& change) override;
  Kept<std::optional<fix::CachedFix>> find(std::span<const std::string> keys,
                                           providers::WallTime not_before) override;
  Kept<void> store(const fix::CachedFix& fix) override;
  Kept<void> drop(const std::string& key) override;
  Kept<int> clear() override;
  Kept<void> record(const fix::LoggedFix& fix) override;
  Kept<std::vector<fix::LoggedFix>> since(providers::WallTime time) override;

  std::map<std::string, std::string> documents;
  std::map<std::string, fix::CachedFix> cache;
  std::deque<fix::LoggedFix> fixes;  ///< by `at`, oldest first

 private:
  std::shared_ptr<const providers::Clock> clock_;
};

}  // namespace autofix::store
