// Everything that is remembered of one link between requests, as one value: what must not be asked and until
// when, what is left of its limits, how fast it answers. Kept as a document in ChainDocuments and changed
// only by the pure functions of circuit_breaker.h, quota_ledger.h and link_transitions.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/clock.h"
#include "providers/provider.h"

namespace autofix::providers {

/// Something that must not be asked before `until`.
struct Block {
  ErrorKind reason = ErrorKind::quota_exhausted;
  WallTime until{};
  std::string message;
  std::optional<WallTime> probe_at;  ///< from then on one request may be sent all the same; empty once it was
};

/// Counts of recent outcomes, for the breaker.
struct BreakerState {
  enum class Phase { closed, open, half_open };
  Phase phase = Phase::closed;  ///< half_open is a matter of time and never stored
  int consecutive_failures = 0;
  int times_opened = 0;
  std::vector<std::pair<WallTime, bool>> recent;  ///< (when, ok) of the last 60 s
  WallTime open_until{};
};

/// What a request that is under way has taken beforehand. A process that dies leaves it behind: it ends by
/// itself, and what it held counts as used, since the request may have been sent.
struct Lease {
  std::string id;
  WallTime until{};
  std::int64_t tokens = 0;
  std::uint64_t sequence = 0;  ///< of the pool when it was taken
  bool is_probe = false;       ///< of a pool that was blocked
};

/// One limit of a pool. `requests` and `tokens` are what headers report, windows included; the others
/// (`requests/day`, `requests/minute`, `tokens/day`, `tokens/minute`) were named in errors and follow the
/// provider's calendar.
struct QuotaLimit {
  std::string name;
  std::int64_t limit = 0;
  std::int64_t used = 0;  ///< in this window, without what leases hold
  WallTime until{};       ///< the window's end; the epoch: no window has begun
};

/// A quota pool and one model.
struct PoolRecord {
  std::optional<Block> block;
  std::vector<QuotaLimit> limits;
  std::vector<Lease> leases;
  std::uint64_t sequence = 0;  ///< grows with every lease taken and every answer
};

/// Who ran into a quota id last, to find out which keys share a pool.
struct QuotaSighting {
  std::string key_id;
  WallTime at{};
};

/// Which pool a key was found to share, and until when that is believed.
struct PoolShare {
  std::string pool;
  WallTime until{};
};

struct LinkRecord {
  BreakerState breaker;
  std::optional<Lease> probe;                ///< the one request that tries a link whose breaker is open
  std::optional<Block> block;                ///< of the provider as a whole
  std::map<std::string, Block> models;       ///< by model
  std::map<std::string, Block> credentials;  ///< by key id
  std::map<std::string, PoolRecord> pools;   ///< by `POOL/MODEL`
  std::map<std::string, PoolShare> shares;   ///< by key id
  std::map<std::string, QuotaSighting> sightings;  ///< by `QUOTA_ID/MODEL`
  std::vector<Milliseconds> latencies;             ///< of the last answers, oldest first
  std::set<std::string> worked;                    ///< `KEY_ID/MODEL` that have answered
};

/// The key of a link's document.
std::string document_key(std::string_view link);

/// A text that is no record, or of another version, is an empty record: what it knew is learned again.
LinkRecord parse_link_record(std::string_view document);
std::string write_link_record(const LinkRecord& record);

}  // namespace autofix::providers
