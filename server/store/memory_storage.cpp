#include "server/store/memory_storage.h"

#include <algorithm>

namespace autofix::store {
namespace {

// Fewer than on disk: replies are source text of up to some 100 kB, and this is a process that idles small.
constexpr std::size_t kMaxCachedInMemory = 200;

bool is_older(const fix::LoggedFix& left, const fix::LoggedFix& right) {
  return left.at < right.at;
}

}  // namespace

Kept<std::vector<std::string>> MemoryStorage::read(std::span<const std::string> keys) {
  std::vector<std::string> found;
  found.reserve(keys.size());
  for (const std::string& key : keys) {
    const auto known = documents.find(key);
    found.push_back(known == documents.end() ? std::string() : known->second);
  }
  return found;
}

Kept<std::string> MemoryStorage::update(const std::string& key, const Change& change) {
  const auto known = documents.find(key);
  std::string next = change(known == documents.end() ? std::string() : known->second);
  if (next.empty()) {
    documents.erase(key);
  } else {
    documents[key] = next;
  }
  return next;
}

Kept<std::optional<fix::CachedFix>> MemoryStorage::find(std::span<const std::string> keys,
                                                        providers::WallTime not_before) {
  const fix::CachedFix* newest = nullptr;
  for (const std::string& key : keys) {
    const auto known = cache.find(key);
    if (known == cache.end() || known->second.stored < not_before) continue;
    if (newest == nullptr || known->second.stored > newest->stored) newest = &known->second;
  }
  if (newest == nullptr) return std::nullopt;
  return *newest;
}

Kept<void> MemoryStorage::store(const fix::CachedFix& fix) {
  cache[fix.key] = fix;
  const auto oldest_allowed = clock_->now().wall - kCacheAge;
  std::erase_if(cache, [&](const auto& entry) { return entry.second.stored < oldest_allowed; });
  if (cache.size() > kMaxCachedInMemory) {
    cache.erase(std::min_element(cache.begin(), cache.end(), [](const auto& left, const auto& right) {
      return left.second.stored < right.second.stored;
    }));
  }
  return {};
}

Kept<void> MemoryStorage::drop(const std::string& key) {
  cache.erase(key);
  return {};
}

Kept<int> MemoryStorage::clear() {
  const int count = static_cast<int>(cache.size());
  cache.clear();
  return count;
}

Kept<void> MemoryStorage::record(const fix::LoggedFix& fix) {
  fixes.insert(std::upper_bound(fixes.begin(), fixes.end(), fix, is_older), fix);
  const auto oldest_allowed = clock_->now().wall - kFixAge;
  while (!fixes.empty() && (fixes.size() > kMaxFixes || fixes.front().at < oldest_allowed)) fixes.pop_front();
  return {};
}

Kept<std::vector<fix::LoggedFix>> MemoryStorage::since(providers::WallTime time) {
  fix::LoggedFix earliest;
  earliest.at = time;
  return std::vector<fix::LoggedFix>(std::lower_bound(fixes.begin(), fixes.end(), earliest, is_older),
                                     fixes.end());
}

}  // namespace autofix::store
