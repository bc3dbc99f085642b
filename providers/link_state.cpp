#include "providers/link_state.h"

#include <algorithm>

#include "providers/key_id.h"
#include "providers/routing.h"

namespace autofix::providers {
namespace {

constexpr std::size_t kLeastAnswers = 8;

const Block* in_force(const std::optional<Block>& block, WallTime now) {
  return is_blocked(block, now) ? &*block : nullptr;
}

const Block* in_force(const std::map<std::string, Block>& blocks, const std::string& key, WallTime now) {
  const auto found = blocks.find(key);
  return found != blocks.end() && found->second.until > now ? &found->second : nullptr;
}

/// The block of the candidate's pool, unless its one probe is due.
const Block* pool_block(const LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                        WallTime now) {
  const auto pool = record.pools.find(pool_key(record, link, candidate, now));
  if (pool == record.pools.end()) return nullptr;
  const Block* block = in_force(pool->second.block, now);
  const bool probe_due = block != nullptr && block->probe_at && *block->probe_at <= now;
  return probe_due ? nullptr : block;
}

const Block* block_of(const LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                      WallTime now) {
  if (const Block* block = in_force(record.block, now)) return block;
  if (const Block* block = in_force(record.models, candidate.model, now)) return block;
  if (const Block* block = in_force(record.credentials, candidate.key_id, now)) return block;
  return pool_block(record, link, candidate, now);
}

}  // namespace

bool is_blocked(const std::optional<Block>& block, WallTime now) {
  return block && block->until > now;
}

ProviderError reason_of(const Block& block, WallTime now) {
  ProviderError error;
  error.kind = block.reason;
  error.message = block.message;
  // A bad key stays bad until it changes: years away is no time to name.
  if (block.until - now < std::chrono::hours{24 * 366}) error.retry_at = block.until;
  return error;
}

std::optional<ProviderError> refusal(const LinkRecord& record, const LinkConfig& link,
                                     const Candidate& candidate, WallTime now) {
  const Block* block = block_of(record, link, candidate, now);
  if (block == nullptr) return std::nullopt;
  return reason_of(*block, now);
}

Candidates candidates(const LinkRecord& record, const LinkConfig& link, WallTime now) {
  Candidates found;
  const Block* earliest = nullptr;
  const auto note = [&](const Block& block) {
    if (earliest == nullptr || block.until < earliest->until) earliest = &block;
  };
  std::string model;
  bool has_model = link.models.empty();  // a local server's is found out when it is asked
  for (const std::string& name : link.models) {
    const Block* gone = in_force(record.models, name, now);
    if (gone == nullptr) {
      model = name;
      has_model = true;
      break;
    }
    note(*gone);
  }
  if (has_model) {
    std::vector<Candidate> all;
    for (const Credential& credential : link.credentials) {
      all.push_back({model, key_id(credential.value), credential.value});
    }
    if (all.empty()) all.push_back({model, "", ""});
    for (Candidate& candidate : all) {
      if (const Block* block = block_of(record, link, candidate, now)) {
        note(*block);
      } else {
        found.open.push_back(std::move(candidate));
      }
    }
  }
  if (found.open.empty() && earliest != nullptr) found.reason = reason_of(*earliest, now);
  return found;
}

std::optional<Milliseconds> slow_answer(const LinkRecord& record) {
  if (record.latencies.size() < kLeastAnswers) return std::nullopt;
  std::vector<Milliseconds> sorted = record.latencies;
  std::ranges::sort(sorted);
  return sorted[(sorted.size() * 95 + 99) / 100 - 1];
}

std::optional<Milliseconds> usual_answer(const LinkRecord& record) {
  std::optional<Milliseconds> usual;
  for (const Milliseconds one : record.latencies) usual = smoothed_latency(usual, one);
  return usual;
}

}  // namespace autofix::providers
