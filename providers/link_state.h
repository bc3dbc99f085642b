// Which model and key of a link can be asked now, by its record. Pure reading.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/catalog.h"
#include "providers/link_record.h"
#include "providers/link_transitions.h"
#include "providers/provider.h"

namespace autofix::providers {

struct Candidates {
  std::vector<Candidate> open;
  ProviderError reason;  ///< when none is open: why, and when the first one opens
};

/// Keys of the first model that still exists, in the order of use. A used-up quota leads to the next key,
/// not to the next model: that would trade quality for quota behind the user's back.
Candidates candidates(const LinkRecord& record, const LinkConfig& link, WallTime now);

/// Why this candidate must not be asked: a block of the provider, the model, the key or the pool. The
/// breaker and what is left of quotas are not looked at.
std::optional<ProviderError> refusal(const LinkRecord& record, const LinkConfig& link,
                                     const Candidate& candidate, WallTime now);

/// In force at `now`, whether or not a probe is due.
bool is_blocked(const std::optional<Block>& block, WallTime now);

ProviderError reason_of(const Block& block, WallTime now);

/// How fast a link is: the 95th percentile of its last answers; empty with fewer than eight.
std::optional<Milliseconds> slow_answer(const LinkRecord& record);
/// Old answers count less and less; empty when it has not answered.
std::optional<Milliseconds> usual_answer(const LinkRecord& record);

}  // namespace autofix::providers
