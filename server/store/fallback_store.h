// Keeps state in a storage while that works and in memory while it does not, and gives back what it kept when
// the storage works again. The one place that decides when to try again. Deliberately no merging: a document
// that another process changed meanwhile wins over ours.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/store/memory_storage.h"
#include "server/store/notices.h"
#include "server/store/storage.h"

namespace autofix::store {

/// Thread-safe: one mutex around everything, so that a storage in trouble is waited for by one caller only;
/// the others find it marked as down.
class FallbackStore {
 public:
  FallbackStore(std::unique_ptr<Storage> storage, std::shared_ptr<const providers::Clock> clock,
                providers::Milliseconds retry, std::shared_ptr<Notices> notices);

  std::vector<std::string> read(std::span<const std::string> keys);
  std::string update(const std::string& key, const Storage::Change& change);
  std::optional<fix::CachedFix> find(std::span<const std::string> keys, providers::WallTime not_before);
  void store(const fix::CachedFix& fix);
  void drop(const std::string& key);
  int clear();
  void record(const fix::LoggedFix& fix);
  std::vector<fix::LoggedFix> since(providers::WallTime time);

 private:
  /// Uses the storage, or memory when it is down.
  template <class Use>
  auto with_storage(const Use& use);
  bool is_up() const;
  Kept<void> give_back();
  void mark_down(const Trouble& trouble);

  std::mutex mutex_;
  std::unique_ptr<Storage> storage_;
  std::shared_ptr<const providers::Clock> clock_;
  providers::Milliseconds retry_;
  std::shared_ptr<Notices> notices_;
  std::optional<providers::SteadyTime> down_until_;
  /// Its documents mirror what was last seen in the storage, so that going down forgets no quota; its cache
  /// and fixes are those that the storage has not got yet.
  MemoryStorage memory_;
  std::map<std::string, std::string> changed_;  // documents changed while down -> what they were before
};

}  // namespace autofix::store
