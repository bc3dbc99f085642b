#include "providers/link_state.h"

#include "providers/key_id.h"

namespace autofix::providers {
namespace {

ProviderError reason_of(const Block& block, WallTime now) {
  ProviderError error;
  error.kind = block.reason;
  error.message = block.message;
  // A bad key stays bad until it changes: years away is no time to name.
  if (block.until - now < std::chrono::hours{24 * 366}) error.retry_at = block.until;
  return error;
}

}  // namespace

std::string pool_key(const LinkConfig& link, const Candidate& candidate) {
  const std::string& pool = link.pool.empty() ? candidate.key_id : link.pool;
  return "pool/" + link.name + "/" + pool + "/" + candidate.model;
}

std::string credential_key(const Candidate& candidate) {
  return "credential/" + candidate.key_id;
}

std::string model_key(const LinkConfig& link, const std::string& model) {
  return "model/" + link.name + "/" + model;
}

std::optional<Block> LinkState::block(const std::string& key, WallTime now) const {
  auto block = state_.block(key);
  if (!block || block->until <= now) return std::nullopt;
  return block;
}

Candidates LinkState::candidates(const LinkConfig& link, WallTime now) const {
  Candidates found;
  std::optional<Block> earliest;
  const auto note = [&](const Block& block) {
    if (!earliest || block.until < earliest->until) earliest = block;
  };
  std::string model;
  bool has_model = link.models.empty();  // a local server's is found out when it is asked
  for (const std::string& name : link.models) {
    const auto gone = block(model_key(link, name), now);
    if (!gone) {
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
      const auto bad_key = candidate.key_id.empty() ? std::nullopt : block(credential_key(candidate), now);
      const auto used_up = block(pool_key(link, candidate), now);
      if (bad_key) {
        note(*bad_key);
      } else if (used_up) {
        note(*used_up);
      } else {
        found.open.push_back(std::move(candidate));
      }
    }
  }
  if (found.open.empty() && earliest) found.reason = reason_of(*earliest, now);
  return found;
}

}  // namespace autofix::providers
