// Where the chain remembers what it learned of providers between requests: breakers, quotas and keys. In
// memory here; server/store shares it between processes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "providers/clock.h"
#include "providers/provider.h"

namespace autofix::providers {

/// Something that must not be asked before `until`. Keys are `provider/NAME`, `pool/POOL/MODEL`,
/// `model/NAME/MODEL`, `credential/KEY_ID`.
struct Block {
  ErrorKind reason = ErrorKind::quota_exhausted;
  WallTime until;
  std::string message;
};

/// Counts of one provider's recent outcomes, for the breaker.
struct BreakerState {
  enum class Phase { closed, open, half_open };
  Phase phase = Phase::closed;
  int consecutive_failures = 0;
  int times_opened = 0;
  std::vector<std::pair<WallTime, bool>> recent;  ///< (when, ok) of the last 60 s
  WallTime open_until{};
};

/// Every call is atomic on its own; implementations are thread-safe.
class ChainState {
 public:
  virtual ~ChainState() = default;

  virtual std::optional<Block> block(const std::string& key) const = 0;
  /// `until` only grows: an earlier one than what is known changes nothing (PROVIDERS.md).
  virtual void set_block(const std::string& key, const Block& block) = 0;
  virtual void clear_block(const std::string& key) = 0;

  virtual BreakerState breaker(const std::string& provider) const = 0;
  virtual void set_breaker(const std::string& provider, const BreakerState& state) = 0;

  /// Tokens per minute a pool and model are known to have, learned from headers or a 413.
  virtual std::optional<int> tokens_per_minute(const std::string& key) const = 0;
  virtual void set_tokens_per_minute(const std::string& key, int tokens) = 0;
};

std::unique_ptr<ChainState> make_memory_chain_state();

}  // namespace autofix::providers
