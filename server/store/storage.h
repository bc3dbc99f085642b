// One way of keeping state, with faults as values. Implementations only store: when to try again and what to
// do meanwhile is FallbackStore's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "providers/chain_documents.h"
#include "server/fix/fix_cache.h"
#include "server/fix/fix_log.h"

namespace autofix::store {

/// What is told once for each kind.
struct Trouble {
  enum class Kind {
    bad_url,
    locked,
    corrupt,
    deleted,
    full,
    unusable,
    remote_folder,
    refused_file,
    newer,
    unreachable,
    refused_login,
    server_error,
  };
  Kind kind = Kind::unusable;
  std::string message;  ///< what happened and why, a sentence without its full stop
  std::string advice;   ///< what to do next, a whole sentence
};

template <class T>
using Kept = tl::expected<T, Trouble>;

/// Not thread-safe: FallbackStore calls from one thread at a time. Times are kept in whole microseconds.
class Storage {
 public:
  using Change = providers::ChainDocuments::Change;

  virtual ~Storage() = default;

  virtual Kept<std::vector<std::string>> read(std::span<const std::string> keys) = 0;
  virtual Kept<std::string> update(const std::string& key, const Change& change) = 0;

  virtual Kept<std::optional<fix::CachedFix>> find(std::span<const std::string> keys,
                                                   providers::WallTime not_before) = 0;
  virtual Kept<void> store(const fix::CachedFix& fix) = 0;
  virtual Kept<void> drop(const std::string& key) = 0;
  virtual Kept<int> clear() = 0;

  virtual Kept<void> record(const fix::LoggedFix& fix) = 0;
  virtual Kept<std::vector<fix::LoggedFix>> since(providers::WallTime time) = 0;
};

// What a store forgets by itself.
inline constexpr std::chrono::hours kFixAge{24 * 90};
inline constexpr std::size_t kMaxFixes = 10'000;
inline constexpr std::chrono::hours kCacheAge{24 * 365};
inline constexpr std::size_t kMaxCached = 5'000;

inline std::int64_t to_microseconds(providers::WallTime time) {
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}

inline providers::WallTime from_microseconds(std::int64_t count) {
  return providers::WallTime(
      std::chrono::duration_cast<providers::WallTime::duration>(std::chrono::microseconds(count)));
}

}  // namespace autofix::store
