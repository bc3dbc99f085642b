#include "server/store/fallback_store.h"

namespace autofix::store {
namespace {

// A slow server gets what was kept meanwhile in portions, so that no caller waits for all of it.
constexpr int kPortion = 50;

}  // namespace

FallbackStore::FallbackStore(std::unique_ptr<Storage> storage, std::shared_ptr<const providers::Clock> clock,
                             providers::Milliseconds retry, std::shared_ptr<Notices> notices)
    : storage_(std::move(storage)),
      clock_(std::move(clock)),
      retry_(retry),
      notices_(std::move(notices)),
      memory_(clock_) {}

bool FallbackStore::is_up() const {
  return !down_until_ || clock_->now().steady >= *down_until_;
}

void FallbackStore::mark_down(const Trouble& trouble) {
  down_until_ = clock_->now().steady + retry_;
  notices_->tell(trouble, "Until that is cured, what autofix learns is kept in memory and ends with it.");
}

Kept<void> FallbackStore::give_back() {
  while (!changed_.empty()) {
    const auto first = changed_.begin();
    std::string& ours = memory_.documents[first->first];
    const auto stored = storage_->update(first->first, [&](std::string_view theirs) {
      return theirs.empty() || theirs == first->second ? ours : std::string(theirs);
    });
    if (!stored) return tl::unexpected(stored.error());
    ours = *stored;
    changed_.erase(first);
  }
  for (int count = 0; count < kPortion && !memory_.fixes.empty(); ++count) {
    if (const auto kept = storage_->record(memory_.fixes.front()); !kept) return kept;
    memory_.fixes.pop_front();
  }
  for (int count = 0; count < kPortion && !memory_.cache.empty(); ++count) {
    if (const auto kept = storage_->store(memory_.cache.begin()->second); !kept) return kept;
    memory_.cache.erase(memory_.cache.begin());
  }
  return {};
}

template <class Use>
auto FallbackStore::with_storage(const Use& use) {
  if (is_up()) {
    auto given_back = give_back();
    if (given_back) {
      auto result = use(*storage_);
      if (result) {
        down_until_.reset();
        return result;
      }
      given_back = tl::unexpected(result.error());
    }
    mark_down(given_back.error());
  }
  return use(memory_);
}

std::vector<std::string> FallbackStore::read(std::span<const std::string> keys) {
  const std::lock_guard lock(mutex_);
  auto found = *with_storage([&](Storage& storage) { return storage.read(keys); });
  if (!down_until_) {
    for (std::size_t at = 0; at < keys.size(); ++at) memory_.documents[keys[at]] = found[at];
  }
  return found;
}

std::string FallbackStore::update(const std::string& key, const Storage::Change& change) {
  const std::lock_guard lock(mutex_);
  const std::string before = memory_.documents[key];
  std::string stored = *with_storage([&](Storage& storage) { return storage.update(key, change); });
  if (down_until_) {
    changed_.try_emplace(key, before);
  } else {
    memory_.documents[key] = stored;
  }
  return stored;
}

std::optional<fix::CachedFix> FallbackStore::find(std::span<const std::string> keys,
                                                  providers::WallTime not_before) {
  const std::lock_guard lock(mutex_);
  return *with_storage([&](Storage& storage) { return storage.find(keys, not_before); });
}

void FallbackStore::store(const fix::CachedFix& fix) {
  const std::lock_guard lock(mutex_);
  static_cast<void>(with_storage([&](Storage& storage) { return storage.store(fix); }));
}

void FallbackStore::drop(const std::string& key) {
  const std::lock_guard lock(mutex_);
  static_cast<void>(with_storage([&](Storage& storage) { return storage.drop(key); }));
}

int FallbackStore::clear() {
  const std::lock_guard lock(mutex_);
  return *with_storage([&](Storage& storage) { return storage.clear(); });
}

void FallbackStore::record(const fix::LoggedFix& fix) {
  const std::lock_guard lock(mutex_);
  static_cast<void>(with_storage([&](Storage& storage) { return storage.record(fix); }));
}

std::vector<fix::LoggedFix> FallbackStore::since(providers::WallTime time) {
  const std::lock_guard lock(mutex_);
  return *with_storage([&](Storage& storage) { return storage.since(time); });
}

}  // namespace autofix::store
