#include "providers/link_transitions.h"

#include <algorithm>

#include "providers/circuit_breaker.h"
#include "providers/link_state.h"
#include "providers/quota_ledger.h"
#include "providers/retry_policy.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr auto kForever = 24h * 365 * 10;
constexpr auto kSameTrouble = 60s;
constexpr std::size_t kMostLatencies = 32;
constexpr std::size_t kMostWorked = 64;

/// `until` only grows (PROVIDERS.md): a later, shorter delay must not open what is closed for longer.
void extend(std::optional<Block>& known, Block next, WallTime now) {
  const bool was_probed = known && known->until > now && !known->probe_at;
  if (known && known->until >= next.until) {
    if (was_probed) known->probe_at.reset();
    return;
  }
  // One probe for each block: one that found it closed does not come again at once.
  if (was_probed) next.probe_at.reset();
  known = std::move(next);
}

void extend(std::map<std::string, Block>& blocks, const std::string& key, Block next, WallTime now) {
  std::optional<Block> known;
  if (const auto found = blocks.find(key); found != blocks.end()) known = found->second;
  extend(known, std::move(next), now);
  blocks[key] = std::move(*known);
}

void forget_what_is_over(LinkRecord& record, WallTime now) {
  const auto is_over = [&](const auto& entry) { return entry.second.until <= now; };
  std::erase_if(record.models, is_over);
  std::erase_if(record.credentials, is_over);
  std::erase_if(record.shares, is_over);
  std::erase_if(record.sightings, [&](const auto& entry) {
    return entry.second.at > now || now - entry.second.at > kSameTrouble;
  });
  if (record.block && record.block->until <= now) record.block.reset();
  if (record.probe && record.probe->until <= now) record.probe.reset();
}

/// Two keys that run into the same limit within a minute belong to one project.
std::string merged_pool(LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                        const ProviderError& error, WallTime now) {
  std::string pool = pool_key(record, link, candidate, now);
  if (!link.pool.empty()) return pool;
  for (const QuotaViolation& violation : error.violations) {
    const std::string sighting = violation.id + "/" + candidate.model;
    const auto before = record.sightings.find(sighting);
    if (before != record.sightings.end() && before->second.key_id != candidate.key_id) {
      Candidate other = candidate;
      other.key_id = before->second.key_id;
      const std::string shared = pool_key(record, link, other, now);
      const std::string name = shared.substr(0, shared.size() - candidate.model.size() - 1);
      // Believed for as long as the limit stands: tomorrow the keys may prove to be strangers.
      record.shares[candidate.key_id] = {name, error.retry_at.value_or(now + kSameTrouble)};
      pool = shared;
    }
    record.sightings[sighting] = {candidate.key_id, now};
  }
  return pool;
}

void learn_from_failure(LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                        const ProviderError& error, WallTime now) {
  Block block{error.kind, error.retry_at.value_or(now + kForever), error.message, error.probe_at};
  switch (error.kind) {
    case ErrorKind::auth_failed:
      if (error.scope == Scope::credential) {
        extend(record.credentials, candidate.key_id, std::move(block), now);
      } else {
        extend(record.block, std::move(block), now);
      }
      break;
    case ErrorKind::billing:
      extend(record.credentials, candidate.key_id, std::move(block), now);
      break;
    case ErrorKind::quota_exhausted:
    case ErrorKind::rate_limited: {
      PoolRecord& pool = record.pools[merged_pool(record, link, candidate, error, now)];
      extend(pool.block, std::move(block), now);
      learn(pool, error.violations, error.retry_at.value_or(now + kSameTrouble), now);
      break;
    }
    case ErrorKind::model_gone:
      extend(record.models, candidate.model, std::move(block), now);
      break;
    case ErrorKind::too_large:
      if (error.tokens_limit) {
        learn_token_limit(record.pools[pool_key(record, link, candidate, now)], *error.tokens_limit, now);
      }
      break;
    default:
      break;
  }
}

ProviderError circuit_open(std::string message, WallTime until) {
  ProviderError error;
  error.kind = ErrorKind::circuit_open;
  error.scope = Scope::provider;
  error.message = std::move(message);
  error.retry_at = until;
  return error;
}

std::optional<ProviderError> breaker_refuses(LinkRecord& record, const Wish& wish, WallTime now) {
  const auto phase = phase_at(record.breaker, now);
  if (phase == BreakerState::Phase::closed) return std::nullopt;
  if (phase == BreakerState::Phase::open && !wish.despite_breaker) {
    return circuit_open("it kept failing and is left alone for a while", record.breaker.open_until);
  }
  if (record.probe) {
    return circuit_open("it kept failing, and another request is just trying it", record.probe->until);
  }
  record.probe = Lease{wish.lease_id, wish.lease_until, 0, 0, true};
  return std::nullopt;
}

}  // namespace

std::string pool_key(const LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                     WallTime now) {
  std::string pool = link.pool;
  if (pool.empty()) {
    const auto share = record.shares.find(candidate.key_id);
    pool = share != record.shares.end() && share->second.until > now ? share->second.pool : candidate.key_id;
  }
  return pool + "/" + candidate.model;
}

std::optional<ProviderError> reserve(LinkRecord& record, const LinkConfig& link, const Wish& wish,
                                     WallTime now) {
  forget_what_is_over(record, now);
  if (auto reason = refusal(record, link, wish.candidate, now)) return reason;
  PoolRecord& pool = record.pools[pool_key(record, link, wish.candidate, now)];
  const bool probes_pool = is_blocked(pool.block, now);
  if (!probes_pool) {
    if (auto reason = shortage(pool, wish.tokens, now)) return reason;
  }
  if (auto reason = breaker_refuses(record, wish, now)) return reason;
  if (probes_pool) pool.block->probe_at.reset();
  take(pool, Lease{wish.lease_id, wish.lease_until, wish.tokens, 0, probes_pool}, now);
  return std::nullopt;
}

void settle(LinkRecord& record, const LinkConfig& link, const Ending& ending, WallTime now, double random) {
  forget_what_is_over(record, now);
  if (record.probe && record.probe->id == ending.lease_id) record.probe.reset();
  PoolRecord& pool = record.pools[pool_key(record, link, ending.candidate, now)];
  const auto lease = std::ranges::find(pool.leases, ending.lease_id, &Lease::id);
  const bool probed_pool = lease != pool.leases.end() && lease->is_probe;
  const bool cancelled = ending.error && ending.error->kind == ErrorKind::cancelled;
  settle(pool, ending.lease_id, ending.tokens,
         cancelled ? QuotaSnapshot{} : read_quota_headers(ending.headers, now), now);
  if (cancelled) return;
  if (!ending.error) {
    record.breaker = after_success(record.breaker, now);
    if (probed_pool) {
      pool.block.reset();
      unlearn(pool);
    }
    record.latencies.push_back(ending.elapsed);
    if (record.latencies.size() > kMostLatencies) record.latencies.erase(record.latencies.begin());
    if (record.worked.size() >= kMostWorked) record.worked.clear();
    record.worked.insert(ending.candidate.key_id + "/" + ending.candidate.model);
    return;
  }
  const ProviderError& error = *ending.error;
  if (error.scope == Scope::network) return;
  if (counts_for_breaker(error)) record.breaker = after_failure(record.breaker, now, random);
  learn_from_failure(record, link, ending.candidate, error, now);
}

void settle_model_list(LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                       const std::vector<std::string>& models, const std::optional<ProviderError>& error,
                       WallTime now) {
  forget_what_is_over(record, now);
  if (error) {
    if (error->kind == ErrorKind::auth_failed) learn_from_failure(record, link, candidate, *error, now);
    return;
  }
  const auto listed = [&](const std::string& model) {
    return std::ranges::find(models, model) != models.end();
  };
  const auto bad_key = record.credentials.find(candidate.key_id);
  if (bad_key != record.credentials.end() && bad_key->second.reason == ErrorKind::auth_failed) {
    record.credentials.erase(bad_key);
  }
  record.block.reset();
  if (listed(candidate.model)) {
    record.models.erase(candidate.model);
    record.worked.insert(candidate.key_id + "/" + candidate.model);
  } else if (std::ranges::any_of(link.models, listed)) {
    extend(record.models, candidate.model,
           {ErrorKind::model_gone, now + 24h, "the provider no longer lists this model", {}}, now);
  }
}

void give_back(LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
               const std::string& lease_id, WallTime now) {
  if (record.probe && record.probe->id == lease_id) record.probe.reset();
  give_back(record.pools[pool_key(record, link, candidate, now)], lease_id);
}

}  // namespace autofix::providers
