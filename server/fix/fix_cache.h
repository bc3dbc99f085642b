// Earlier replies to the same problem. A hit is a candidate like any other: located, checked and verified
// again. Implemented in server/store.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "providers/clock.h"

namespace autofix::fix {

/// A reply that was accepted once.
struct CachedFix {
  std::string key;    ///< under which it is kept
  std::string link;   ///< who gave it
  std::string model;  ///< by its own account
  std::string reply;  ///< as cache_entry.h writes it
  providers::WallTime stored{};
};

/// Thread-safe. Never throws: where the store is gone there are no hits.
class FixCache {
 public:
  virtual ~FixCache() = default;

  /// The newest entry of any of `keys` that was stored at `not_before` or later.
  virtual std::optional<CachedFix> find(std::span<const std::string> keys,
                                        providers::WallTime not_before) = 0;
  /// Replaces what is kept under `fix.key`.
  virtual void store(const CachedFix& fix) = 0;
  virtual void drop(const std::string& key) = 0;
  /// Removes all; returns how many there were.
  virtual int clear() = 0;
};

}  // namespace autofix::fix
